// Impacts (R10), why a leaker leaked, and the columns of a trial.
#pragma once
#include "engine.hpp"

// Hits on assets that are batteries before tick t, one by one: such a battery fires no more.
inline void Raid::strike_batteries(int64_t t) {
    for (; next_strike_ < strikes_.size() && strikes_[next_strike_].first < t; ++next_strike_) {
        const Threat& threat = *strikes_[next_strike_].second;
        const int b = sc_.assets[threat.asset].battery;
        if (threat.flags & STOPPED || !hit(threat) || ++batteries_[b].disabled != sc_.batteries[b].lost_after) continue;
        for (size_t c = 0; c < batteries_.size(); ++c)
            if (int(c) == b || sc_.batteries[c].channels_of == b || sc_.batteries[c].magazine == b)
                batteries_[c].lost_at = std::min(batteries_[c].lost_at, threat.impact);
    }
}

// One more hit on an asset; true if it disables it.
inline bool Raid::hit(const Threat& threat) {
    const Asset& asset = sc_.assets[threat.asset];
    const Group& g = sc_.groups[threat.group];
    ++row_[sc_.at.asset_hits + threat.asset];
    int64_t& disabled = row_[sc_.at.disabled + threat.asset];
    if (disabled) return false;
    if (asset.hits_to_disable > 0)
        disabled = ++damage_[threat.asset] == asset.hits_to_disable;
    else if (asset.destroyed_by_hit >= 0)
        disabled = philox(trial_, 0, g.address | THREAT | 1, threat.rank << 12, key_).word[1] <
                   chance(asset.destroyed_by_hit, g, threat.rank);
    return disabled;
}

inline Reason Raid::reason(const Threat& threat, const Group& g, int k) const {
    bool could = false, unseen = false, ignored = false, busy = false, reloading = false;
    for (int j = g.first_pair; j < g.end_pair; ++j) {
        const Pair& pair = sc_.pairs[j];
        if (!sc_.batteries[pair.battery].covers[threat.asset]) continue;
        could = true;
        const BatteryNow& now = batteries_[pair.battery];
        const int64_t close = threat.impact + pair.close;
        if (!now.able || now.lost_at < close) continue;
        const State& state = states_[pair.state_at + k];
        const int owner = sc_.batteries[pair.battery].magazine;
        if (!(state.flags & SEEN)) {
            unseen = true;
        } else if (state.flags & IGNORED) {
            ignored = true;
        } else if (pairs_[j].short_at <= close) {
            return OUT_OF_INTERCEPTORS;
        } else if (sc_.batteries[owner].ready >= 0 && tubes_were_ready(owner, close) < pair.tubes) {
            reloading = true;
        } else {
            busy = true;
        }
    }
    if (reloading || busy) return reloading ? RELOADING : CHANNELS_BUSY;
    if (ignored || unseen) return ignored ? WAS_IGNORED : UNSEEN;
    return could ? OUT_OF_ACTION : g.opposed[threat.asset] ? NO_WINDOW : UNOPPOSED;
}

inline void Raid::count() {
    const Columns& at = sc_.at;
    const int64_t groups = int64_t(sc_.groups.size());
    for (int64_t n = 0; n < groups; ++n) {
        const Group& g = sc_.groups[n];
        int64_t fates[256] = {};
        int64_t reasons[REASONS] = {};
        for (int k = 0; k < g.count; ++k) {
            const Threat& threat = threats_[g.first + k];
            ++fates[threat.flags];
            if (!g.real || threat.flags & (FAILED | LATE | STOPPED)) continue;
            ++reasons[threat.flags & SHOT_AT ? SURVIVED_SHOTS : reason(threat, g, k)];
            if (threat.flags & ON_TARGET && sc_.assets[threat.asset].battery < 0) hit(threat);
        }
        int64_t failed = 0, early = 0, late = 0, missed = 0, struck = 0, stopped = 0;
        for (int flags = 0; flags < 256; ++flags) {
            (flags & STOPPED ? stopped : flags & (FAILED | LATE) ? failed : flags & ON_TARGET ? struck : missed) += fates[flags];
            early += flags & FAILED ? fates[flags] : 0;
            late += flags & LATE ? fates[flags] : 0;
        }
        int64_t credited = 0;
        for (int b = 0; b < sc_.batteries_in_file; ++b) credited += row_[at.g_stopped + n * sc_.batteries_in_file + b];
        row_[at.violations] += credited != stopped;
        if (!g.real) {
            row_[at.g_expired + n] = g.count - stopped;
            continue;
        }
        row_[at.g_failed + n] = failed;
        row_[at.g_failed_late + n] = late;
        row_[at.failed_early] += early;
        row_[at.g_missed + n] = missed;
        row_[at.g_hit + n] = struck;
        for (int why = 0; why < REASONS; ++why) row_[at.g_why + why * groups + n] = reasons[why];
        row_[at.failed] += failed;
        row_[at.leakers] += missed + struck;
        row_[at.hits] += struck;
        row_[at.class_leakers + g.threat_class] += missed + struck;
        row_[at.class_hits + g.threat_class] += struck;
    }
    std::vector<int64_t> drawn(batteries_.size());
    for (const Battery& battery : sc_.batteries) drawn[battery.magazine] += row_[at.fired + battery.column];
    for (size_t b = 0; b < batteries_.size(); ++b) {
        const Battery& battery = sc_.batteries[b];
        if (battery.rounds < 0 || battery.magazine != int(b)) continue;
        row_[at.left + battery.column] = batteries_[b].rounds;
        row_[at.dry + battery.column] = batteries_[b].rounds == 0;
        row_[at.violations] += drawn[b] + batteries_[b].rounds != battery.rounds;
    }
    for (size_t a = 0; a < sc_.assets.size(); ++a) row_[at.assets_disabled] += row_[at.disabled + int64_t(a)];
}
