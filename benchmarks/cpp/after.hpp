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
        row_[at.violations] += drawn[b] + batteries_[b].rounds != batteries_[b].loaded;
    }
    for (size_t a = 0; a < sc_.assets.size(); ++a) {
        gone_[a] = char(row_[at.disabled + int64_t(a)]);
        row_[at.assets_disabled] += gone_[a];
    }
}

// Whether a need of this battery may be unmet at its present stock, and none has been found in this raid (R11).
inline bool Raid::watched(int b) const {
    const int owner = sc_.batteries[b].magazine;
    const int64_t rounds = batteries_[owner].rounds;
    return sc_.campaign && batteries_[b].able && rounds >= 0 && rounds < sc_.batteries[owner].most_wanted &&
           row_[sc_.at.unmet + sc_.batteries[b].column] == 0;
}

// When the next window of the battery opens that no look has yet been at.
inline void Raid::look_from(int b) {
    looks_[b] = NEVER;
    for (const int j : sc_.batteries[b].pairs) {
        const Pair& pair = sc_.pairs[j];
        const Group& g = sc_.groups[pair.group];
        const int k = unseen_[pairs_[j].opened];
        if (k < g.count) looks_[b] = std::min(looks_[b], threats_[g.first + k].impact + pair.open);
    }
}

// At the end of a battery's turn: does a threat wait that it could fight, if it had the rounds? (R11)
inline void Raid::look(int b, int64_t t) {
    looks_[b] = NEVER;
    if (!watched(b) || batteries_[b].lost_at < t) return;
    const Battery& battery = sc_.batteries[b];
    const int64_t rounds = batteries_[battery.magazine].rounds;
    for (const int j : battery.pairs) {
        const Pair& pair = sc_.pairs[j];
        const Group& g = sc_.groups[pair.group];
        int place = pair.state_at;
        for (; unseen_[place] < g.count; ++place) {
            const int k = unseen_[place];
            const Threat& threat = threats_[g.first + k];
            const int64_t opens = threat.impact + pair.open;
            if (opens > t) break;
            const State& state = states_[pair.state_at + k];
            if (threat.impact + pair.close < t || threat.flags & NOT_FREE || threat.called >= opens || int(state.looks) >= pair.looks) continue;
            const int wanted = battery.partial_salvo ? 1 : pair.salvo[std::min<size_t>(state.looks, pair.salvo.size() - 1)];
            if (rounds - pair.keep >= wanted) continue;
            row_[sc_.at.unmet + battery.column] = 1;
            return;
        }
        pairs_[j].opened = place;
    }
    look_from(b);
}

// The whole campaign from its raids (section 6): stocks and assets as they are at the end, the largest of peaks, all else summed.
inline void Raid::total(const int64_t* rows, int64_t* all) const {
    const Columns& at = sc_.at;
    for (int64_t c = 0; c < at.width; ++c) {
        const bool last = c == at.assets_disabled || (c >= at.left && c < at.dry_at) || c >= at.disabled;
        const bool largest = (c >= at.busy_peak && c < at.left) || (c >= at.unmet && c < at.asset_hits);
        all[c] = rows[c];
        for (int64_t raid = 1; raid < sc_.raids; ++raid) {
            const int64_t now = rows[raid * at.width + c];
            all[c] = last ? now : largest ? std::max(all[c], now) : all[c] + now;
        }
    }
    for (int b = 0; sc_.raids > 1 && b < sc_.batteries_in_file; ++b) {  // since when a magazine has stayed empty
        int64_t since = 0, before = sc_.stocks[b].full;
        for (int64_t raid = 0; raid < sc_.raids; ++raid) {
            const int64_t* row = rows + raid * at.width;
            if (row[at.left + b] > 0)
                since = 0;
            else if (before > 0)
                since = row[at.dry_at + b] + raid * sc_.interval;
            before = std::min(row[at.left + b] + sc_.stocks[b].resupply, sc_.stocks[b].full);
        }
        all[at.dry_at + b] = since;
    }
}
