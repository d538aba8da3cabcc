// What is settled before the raid begins (R1, R4): arrivals, characters of threats, and who can fight whom.
#pragma once
#include "engine.hpp"

// A threshold as two numbers of 32 bits, for loops over words that the compiler vectorises.
struct Below {
    uint32_t threshold, always;
    explicit Below(int64_t p) : threshold(uint32_t(p)), always(p == ONE) {}
    uint32_t operator()(uint32_t word) const { return uint32_t(word < threshold) | always; }
};

inline int64_t Raid::chance(int which, const Group& g, uint32_t rank) const {
    const int64_t p = chances_[which];
    if (p >= 0) return p;
    const Parameter& parameter = sc_.parameters[which];
    return parameter.slices[philox(trial_, parameter.subject, g.address | THREAT_QUANTILE, rank << 12, key_).word[0] >> 20];
}

inline bool Raid::certain(int which) const { return chances_[which] == 0 || chances_[which] == ONE; }

inline void Raid::before(int64_t raid) {
    for (size_t k = 0; k < chances_.size(); ++k) {
        const Parameter& p = sc_.parameters[k];
        if (p.scope == STUDY || p.scope == RAID)
            {
            const bool study = p.scope == STUDY;
            const Words words = philox(trial_, p.subject, study ? STUDY_QUANTILE : RAID_QUANTILE, 0, study ? seed_ : key_);
            chances_[k] = p.slices[words.word[0] >> 20];
        }
    }
    for (size_t b = 0; b < batteries_.size(); ++b) {
        const Battery& battery = sc_.batteries[b];
        BatteryNow& now = batteries_[b];
        const int64_t p = chances_[battery.availability];
        if (raid == 0) {
            now.rounds = battery.rounds;
            now.disabled = 0;
        } else if (battery.rounds >= 0) {
            now.rounds = std::min(now.rounds + battery.resupply, battery.rounds);
        }
        now.loaded = now.rounds;
        const bool lost = battery.lost_after > 0 && now.disabled >= battery.lost_after;  // in an earlier raid
        now.up = !lost && (p == ONE || philox(trial_, battery.subject, BATTERY, 0, key_).word[0] < p);
        now.lost_at = NEVER;
        now.releases.clear();
        now.returns.clear();
        now.emptied.clear();
        now.again = 0;
    }
    for (size_t b = 0; b < batteries_.size(); ++b) {
        const Battery& battery = sc_.batteries[b];
        batteries_[b].able = batteries_[b].up && batteries_[battery.channels_of].up && batteries_[battery.magazine].up;
    }
    for (const Group& g : sc_.groups) {
        arrive(g);
        settle(g);
        for (int j = g.first_pair; j < g.end_pair; ++j) see(j, g);
    }
    for (size_t b = 0; b < batteries_.size(); ++b) {
        wake_[b] = NEVER;
        BatteryNow& now = batteries_[b];
        now.begun = 0;
        now.active.clear();
        looks_[b] = NEVER;
        if (watched(int(b))) look_from(int(b));
        if (!now.able || magazine(int(b)).rounds == 0) continue;
        for (auto& [opens, j] : now.pairs) opens = next_opening(j);
        for (size_t k = 1; k < now.pairs.size(); ++k)  // nearly sorted, as the last trial left them so
            for (size_t m = k; m > 0 && now.pairs[m] < now.pairs[m - 1]; --m) std::swap(now.pairs[m], now.pairs[m - 1]);
        if (!now.pairs.empty()) wake_[b] = now.pairs[0].first;
    }
    if (raid == 0) {
        std::fill(damage_.begin(), damage_.end(), 0);
        std::fill(gone_.begin(), gone_.end(), 0);
    }
    for (size_t a = 0; a < gone_.size(); ++a) row_[sc_.at.disabled + int64_t(a)] = gone_[a];
    events_.clear();
    if (sc_.batteries_are_attacked) {
        strikes_.clear();
        next_strike_ = 0;
        for (const Threat& threat : threats_)
            if ((threat.flags & (FAILED | ON_TARGET)) == ON_TARGET && sc_.groups[threat.group].real &&
                sc_.assets[threat.asset].battery >= 0)
                strikes_.emplace_back(threat.impact, &threat);
        std::sort(strikes_.begin(), strikes_.end());
    }
}

inline void Raid::draw(const uint32_t* ranks, int n, uint32_t subject, uint32_t address) {
    uint32_t* const out[4] = {words_[0].data(), words_[1].data(), words_[2].data(), words_[3].data()};
    philox_each(ranks, n, trial_, subject, address, key_, out);
}

// Impact ticks (R1) and order words, the group's threats sorted by them, then by rank.
inline void Raid::arrive(const Group& g) {
    Threat* threat = &threats_[g.first];
    draw(iota_.data(), g.count, 0, g.address | THREAT | 1);
    switch (g.arrival) {
        case FIXED:
        case LISTED:
            for (int k = 0; k < g.count; ++k)
                keys_[k] = uint64_t(g.arrival == LISTED ? g.times[k] - g.start : 0) << 20 | uint64_t(k);
            if (g.arrival == LISTED) std::sort(keys_.begin(), keys_.begin() + g.count);
            break;
        case UNIFORM:
            sort_uniform(g);
            break;
        case POISSON: {
            int64_t sum = 1 << 15;
            for (int k = 0; k < g.count; ++k) {
                sum += gap(words_[0][k], g);
                keys_[k] = uint64_t(sum >> 16) << 20 | uint64_t(k);
            }
        }
    }
    const uint32_t* order = words_[2].data();
    for (int k = 0; k < g.count;) {  // ties are broken by luck
        int end = k + 1;
        while (end < g.count && keys_[end] >> 20 == keys_[k] >> 20) ++end;
        if (end > k + 1)
            std::sort(keys_.begin() + k, keys_.begin() + end, [&](uint64_t x, uint64_t y) {
                return std::make_pair(order[x & 0xFFFFF], x) < std::make_pair(order[y & 0xFFFFF], y);
            });
        k = end;
    }
    for (int k = 0; k < g.count; ++k) {
        threat[k].impact = g.start + int64_t(keys_[k] >> 20);
        threat[k].called = -NEVER;
        ranks_[k] = threat[k].rank = keys_[k] & 0xFFFFF;
        threat[k].order = order[threat[k].rank];
    }
}

// Words are uniform: as many buckets as threats, and what is left is nearly sorted.
inline void Raid::sort_uniform(const Group& g) {
    const uint32_t* words = words_[0].data();
    const uint64_t n = uint64_t(g.count);
    std::fill_n(bucket_.begin(), n + 1, 0);
    for (uint64_t k = 0; k < n; ++k) ++bucket_[(words[k] * n >> 32) + 1];
    for (uint64_t k = 1; k < n; ++k) bucket_[k] += bucket_[k - 1];
    for (uint64_t k = 0; k < n; ++k)
        keys_[bucket_[words[k] * n >> 32]++] = ((uint64_t(words[k]) * uint64_t(g.spread) + (1u << 31)) >> 32) << 20 | k;
    for (uint64_t k = 1; k < n; ++k) {
        const uint64_t x = keys_[k];
        uint64_t place = k;
        for (; place > 0 && keys_[place - 1] > x; --place) keys_[place] = keys_[place - 1];
        keys_[place] = x;
    }
}

inline int64_t Raid::gap(uint32_t word, const Group& g) const {
    const uint64_t x = 2 * uint64_t(word) + 1;
    const int bits = 63 - __builtin_clzll(x);
    const int64_t fraction = int64_t(x << (32 - bits)) - ONE, i = fraction >> 20, rest = fraction & 0xFFFFF;
    const int64_t log = (int64_t(bits) << 32) + sc_.log2[i] + (((sc_.log2[i + 1] - sc_.log2[i]) * rest) >> 20);
    return (33 * ONE - log) * g.gap >> g.gap_shift;
}

// Failed, early or late? On target? Which asset? Tracked? (R4)
inline void Raid::settle(const Group& g) {
    const int n = g.count;
    uint32_t* __restrict kind = kinds_.data();
    uint32_t* __restrict aim = aims_.data();
    const uint32_t *w0 = words_[0].data(), *w1 = words_[1].data(), *w2 = words_[2].data(), *w3 = words_[3].data();
    const bool known = certain(g.reliability) && certain(g.on_target) && certain(g.track) && g.only_asset >= 0;
    if (!known) draw(ranks_.data(), n, 0, g.address | THREAT);
    if (chances_[g.reliability] >= 0 && chances_[g.on_target] >= 0 && chances_[g.track] >= 0) {
        const Below reliable(chances_[g.reliability]), on_target(chances_[g.on_target]), tracked(chances_[g.track]);
        for (int k = 0; k < n; ++k) kind[k] = FAILED * (1 ^ reliable(w0[k])) | ON_TARGET * on_target(w1[k]) | TRACKED * tracked(w3[k]);
    } else {
        for (int k = 0; k < n; ++k)
            kind[k] = (w0[k] < chance(g.reliability, g, ranks_[k]) ? 0 : FAILED) |
                      (w1[k] < chance(g.on_target, g, ranks_[k]) ? ON_TARGET : 0) | (w3[k] < chance(g.track, g, ranks_[k]) ? TRACKED : 0);
    }
    std::fill_n(aim, n, uint32_t(std::max(g.only_asset, 0)));
    if (g.even)
        for (int k = 0; k < n; ++k) words_[2][k] = uint32_t(((2 * uint64_t(ranks_[k]) + 1) << 31) / uint64_t(n));
    if (g.only_asset < 0)
        for (size_t a = 0; a + 1 < sc_.assets.size(); ++a) {
            const Below nearer(g.targets[a]);
            for (int k = 0; k < n; ++k) aim[k] += 1 ^ nearer(w2[k]);
        }
    if (chances_[g.reliability] != ONE && chances_[g.fails_late] != 0) {
        draw(ranks_.data(), n, 0, g.address | THREAT | 1);
        for (int k = 0; k < n; ++k)
            if (kind[k] & FAILED && w3[k] < chance(g.fails_late, g, ranks_[k])) kind[k] = (kind[k] & TRACKED) | LATE;
    }
    Threat* threat = &threats_[g.first];
    for (int k = 0; k < n; ++k) {
        threat[k].flags = uint8_t(kind[k]);
        threat[k].asset = uint16_t(aim[k]);
    }
}

// Who of a group is seen by a battery, and the list of those it can fight (R4).
inline void Raid::see(int j, const Group& g) {
    const Pair& pair = sc_.pairs[j];
    const Battery& battery = sc_.batteries[pair.battery];
    const int n = g.count;
    int* list = &unseen_[pair.state_at];
    const int64_t rounds = batteries_[battery.magazine].rounds;
    pairs_[j] = {pair.state_at, pair.state_at, rounds >= 0 && rounds < pair.need ? -NEVER : NEVER};
    if (!batteries_[pair.battery].able) {
        list[0] = n;
        return;
    }
    const uint32_t *kind = kinds_.data(), *aim = aims_.data();
    uint32_t* __restrict state = notes_.data();
    const int64_t detect = chances_[pair.detect], classify = chances_[pair.classify];
    const int64_t sensitivity = chances_[battery.sensitivity], specificity = chances_[battery.specificity];
    if (detect == ONE && classify == ONE && sensitivity == ONE && specificity == 0) {
        for (int k = 0; k < n; ++k) state[k] = (SEEN | ELIGIBLE) * uint32_t((kind[k] & (FAILED | TRACKED)) == TRACKED);
    } else {
        draw(ranks_.data(), n, battery.subject, g.address | PAIR);
        const uint32_t *w0 = words_[0].data(), *w1 = words_[1].data(), *w2 = words_[2].data();
        if (detect >= 0 && classify >= 0 && sensitivity >= 0 && specificity >= 0) {
            const Below detected(detect), classified(classify), feared(sensitivity), engaged(ONE - specificity);
            for (int k = 0; k < n; ++k) {
                const uint32_t seen = uint32_t((kind[k] & (FAILED | TRACKED)) == TRACKED) & detected(w0[k]) & classified(w1[k]);
                const uint32_t taken = kind[k] & ON_TARGET ? feared(w2[k]) : engaged(w2[k]);
                state[k] = SEEN * seen | IGNORED * (1 ^ taken) | ELIGIBLE * (seen & taken);
            }
        } else {
            for (int k = 0; k < n; ++k) {
                const uint32_t rank = ranks_[k];
                const bool seen = (kind[k] & (FAILED | TRACKED)) == TRACKED && w0[k] < chance(pair.detect, g, rank) &&
                                  w1[k] < chance(pair.classify, g, rank);
                const bool taken =
                    w2[k] < (kind[k] & ON_TARGET ? chance(battery.sensitivity, g, rank) : ONE - chance(battery.specificity, g, rank));
                state[k] = SEEN * seen | IGNORED * !taken | ELIGIBLE * (seen && taken);
            }
        }
    }
    if (!battery.covers_all)
        for (int k = 0; k < n; ++k)
            if (!battery.covers[aim[k]]) state[k] &= ~uint32_t(ELIGIBLE);
    int end = 0;
    for (int k = 0; k < n; ++k) {
        list[end] = k;
        end += (state[k] & ELIGIBLE) != 0;
    }
    list[end] = n;
    std::memcpy(&states_[pair.state_at], state, size_t(n) * sizeof(State));
}
