# The page in a container: docker build -t salvo . ; docker run --read-only --tmpfs /tmp -p 127.0.0.1:8501:8501 salvo
FROM python:3.13-slim
RUN useradd --create-home --uid 10001 salvo
WORKDIR /srv/salvo
COPY requirements.txt pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY salvo salvo
COPY kernels kernels
COPY datasets datasets
COPY benchmarks benchmarks
RUN pip install --no-cache-dir --no-deps .
USER salvo
ENV NUMBA_CACHE_DIR=/home/salvo/cache PYTHONDONTWRITEBYTECODE=1
# compiles the kernel once, for the processor this image is built on; on another it is compiled at the first start
RUN mkdir -m 700 -p /home/salvo/cache && salvo run april-2024 --trials 10
EXPOSE 8501
# /health answers 200 only where the kernel gives the answer that it gave at the start
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s \
  CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/health', timeout=5)"
CMD ["salvo", "app", "--no-browser", "--address", "0.0.0.0", "--port", "8501", "--log", "json"]
