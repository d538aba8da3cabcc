// Luck by address: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011); docs/model.md, section 3.
#pragma once
#include <cstdint>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

struct Key {
    uint32_t low, high;
};

struct Words {
    uint32_t word[4];
};

constexpr uint32_t MULTIPLY_0 = 0xD2511F53, MULTIPLY_1 = 0xCD9E8D57, WEYL_0 = 0x9E3779B9, WEYL_1 = 0xBB67AE85;

inline Words philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, Key key) {
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = uint64_t(MULTIPLY_0) * c0, b = uint64_t(MULTIPLY_1) * c2;
        c0 = uint32_t(b >> 32) ^ c1 ^ key.low;
        c1 = uint32_t(b);
        c2 = uint32_t(a >> 32) ^ c3 ^ key.high;
        c3 = uint32_t(a);
        key.low += WEYL_0;
        key.high += WEYL_1;
    }
    return {{c0, c1, c2, c3}};
}

// The words of many threats at once: threat k has counter (c0, c1, c2, ranks[k] << 12). Arrays may be written up to the
// next multiple of LANES.
constexpr int LANES = 8;

#if defined(__AVX512F__)
inline void philox_each(const uint32_t* ranks, int n, uint32_t c0, uint32_t c1, uint32_t c2, Key key, uint32_t* const out[4]) {
    // 32-bit words in 64-bit lanes; the multiplication reads the low halves alone, so what is above them may be anything.
    const __m512i m0 = _mm512_set1_epi64(MULTIPLY_0), m1 = _mm512_set1_epi64(MULTIPLY_1);
    for (int k = 0; k < n; k += LANES) {
        __m512i a = _mm512_set1_epi64(c0), b = _mm512_set1_epi64(c1), c = _mm512_set1_epi64(c2);
        __m512i d = _mm512_slli_epi64(
            _mm512_cvtepu32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(ranks + k))), 12);
        uint32_t low = key.low, high = key.high;
        for (int round = 0; round < 10; ++round) {
            const __m512i p = _mm512_mul_epu32(m0, a), q = _mm512_mul_epu32(m1, c);
            a = _mm512_ternarylogic_epi64(_mm512_srli_epi64(q, 32), b, _mm512_set1_epi64(low), 0x96);
            c = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), d, _mm512_set1_epi64(high), 0x96);
            b = q;
            d = p;
            low += WEYL_0;
            high += WEYL_1;
        }
        const __m512i words[4] = {a, b, c, d};
        for (int w = 0; w < 4; ++w)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out[w] + k), _mm512_cvtepi64_epi32(words[w]));
    }
}
#else
inline void philox_each(const uint32_t* ranks, int n, uint32_t c0, uint32_t c1, uint32_t c2, Key key, uint32_t* const out[4]) {
    uint32_t *__restrict w0 = out[0], *__restrict w1 = out[1], *__restrict w2 = out[2], *__restrict w3 = out[3];
    for (int k = 0; k < n; ++k) {  // a plain loop, for the compiler to vectorise
        const Words words = philox(c0, c1, c2, ranks[k] << 12, key);
        w0[k] = words.word[0];
        w1[k] = words.word[1];
        w2[k] = words.word[2];
        w3[k] = words.word[3];
    }
}
#endif
