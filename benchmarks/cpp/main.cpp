// engine SCENARIO SEED FIRST TRIALS THREADS [ROWS]: plays trials FIRST, FIRST + 1, ... and prints, as JSON, the seconds it took
// (from the first trial to the last sum; not the reading of the file) and the sums and sums of squares of every column.
// With ROWS, a file, it also writes the row of each raid of every trial there.
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <mutex>
#include <thread>

#include "engine.hpp"

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: engine SCENARIO SEED FIRST TRIALS THREADS [ROWS]\n");
        return 2;
    }
    const Scenario scenario(argv[1]);
    const uint64_t seed = std::strtoull(argv[2], nullptr, 10), first = std::strtoull(argv[3], nullptr, 10);
    const int64_t trials = std::atoll(argv[4]), width = scenario.at.width, block = 64;
    const int64_t size = scenario.raids * width;  // of a trial's rows
    const int threads = std::atoi(argv[5]);
    std::vector<int64_t> rows(argc > 6 ? size_t(trials * size) : 0);
    std::vector<uint64_t> sums(width), squares(width), leakers(size_t(scenario.threats * scenario.raids + 1));
    std::atomic<int64_t> next{0};
    std::mutex merging;

    const auto began = std::chrono::steady_clock::now();
    const auto work = [&] {
        Raid raid(scenario, seed);
        std::vector<int64_t> scratch(size), all(width);
        std::vector<uint64_t> sum(width), square(width), counts(leakers.size());
        for (int64_t from; (from = next.fetch_add(block)) < trials;) {
            for (int64_t k = from; k < std::min(from + block, trials); ++k) {
                int64_t* row = rows.empty() ? scratch.data() : &rows[size_t(k * size)];
                raid.play(uint32_t(first + uint64_t(k)), row);
                if (scenario.raids > 1) {
                    raid.total(row, all.data());
                    row = all.data();
                }
                for (int64_t c = 0; c < width; ++c) {
                    sum[c] += uint64_t(row[c]);
                    square[c] += uint64_t(row[c]) * uint64_t(row[c]);  // wraps around for ticks alone
                }
                ++counts[row[scenario.at.leakers]];
            }
        }
        const std::lock_guard<std::mutex> lock(merging);
        for (int64_t c = 0; c < width; ++c) {
            sums[c] += sum[c];
            squares[c] += square[c];
        }
        for (size_t k = 0; k < counts.size(); ++k) leakers[k] += counts[k];
    };
    std::vector<std::thread> pool;
    for (int k = 1; k < threads; ++k) pool.emplace_back(work);
    work();
    for (auto& thread : pool) thread.join();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

    if (argc > 6) {
        FILE* file = std::fopen(argv[6], "wb");
        if (!file || std::fwrite(rows.data(), sizeof(int64_t), rows.size(), file) != rows.size()) return 2;
        std::fclose(file);
    }
    const auto print = [](const char* name, const std::vector<uint64_t>& values) {
        std::printf("\"%s\": [", name);
        for (size_t k = 0; k < values.size(); ++k) std::printf("%s%" PRId64, k ? ", " : "", int64_t(values[k]));
        std::printf("]");
    };
    std::printf("{\"seconds\": %.9f, \"trials\": %" PRId64 ", ", seconds, trials);
    print("sum", sums);
    std::printf(", ");
    print("sumsq", squares);
    std::printf(", ");
    print("leakers", leakers);
    std::printf("}\n");
    return 0;
}
