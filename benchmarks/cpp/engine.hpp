// Raids by the rules of docs/model.md, R1 to R11.
//
// Threats stand in their groups in order of arrival, so that everything about a pair (group, battery) is read front to back:
// as both ends of a window are constant offsets from arrival, the threats that a battery has not yet looked at are always the
// rest of a sorted list, and only those that come back (survivors, and those it saw engaged by others) need a heap. Nothing is
// scheduled for batteries that cannot fire: each says when it next could, and asks for its freed channels when that time comes.
// Outcomes are settled at commit, and the assessment of a threat that will be called dead is no event at all.
#pragma once
#include <algorithm>
#include <cstring>
#include <functional>

#include "philox.hpp"
#include "scenario.hpp"

constexpr int64_t ONE = int64_t(1) << 32, NEVER = int64_t(1) << 42;

// Kinds of address, in counter word 2 above the five bits of the block.
constexpr uint32_t THREAT = 0 << 5, PAIR = 1 << 5, ENGAGEMENT = 2 << 5, BATTERY = 3 << 5, STUDY_QUANTILE = 4 << 5, RAID_QUANTILE = 5 << 5,
                   THREAT_QUANTILE = 6 << 5;

enum Reason {
    SURVIVED_SHOTS, OUT_OF_INTERCEPTORS, RELOADING, CHANNELS_BUSY, WAS_IGNORED, UNSEEN, OUT_OF_ACTION, NO_WINDOW, UNOPPOSED, REASONS
};

class Raid {
   public:
    Raid(const Scenario& scenario, uint64_t seed)
        : sc_(scenario), seed_{uint32_t(seed), uint32_t(seed >> 32)}, key_(seed_), chances_(scenario.parameters.size()), threats_(scenario.threats),
          states_(scenario.states), unseen_(scenario.states), pairs_(scenario.pairs.size()), batteries_(scenario.batteries.size()),
          wake_((scenario.batteries.size() + LANES - 1) / LANES * LANES, NEVER), looks_(wake_.size(), NEVER),
          damage_(scenario.assets.size()), gone_(scenario.assets.size()) {
        for (auto* numbers : {&ranks_, &iota_, &bucket_, &kinds_, &aims_, &notes_, &words_[0], &words_[1], &words_[2], &words_[3]})
            numbers->resize(scenario.largest_group + LANES);
        keys_.resize(scenario.largest_group);
        for (size_t k = 0; k < iota_.size(); ++k) iota_[k] = uint32_t(k);
        for (size_t k = 0; k < chances_.size(); ++k) chances_[k] = sc_.parameters[k].threshold;
        for (size_t b = 0; b < batteries_.size(); ++b)
            for (const int j : sc_.batteries[b].pairs) batteries_[b].pairs.emplace_back(0, j);
        for (const Group& g : sc_.groups)
            for (int k = 0; k < g.count; ++k) threats_[g.first + k].group = uint16_t(&g - sc_.groups.data());
    }

    // Plays a trial into `rows`, which holds one number per column for each raid.
    void play(uint32_t trial, int64_t* rows) {
        trial_ = trial;
        for (int64_t raid = 0; raid < sc_.raids; ++raid) {
            row_ = rows + raid * sc_.at.width;
            key_.high = seed_.high | uint32_t(raid) << 16;
            play_raid(raid);
        }
    }

    void total(const int64_t* rows, int64_t* all) const;  // after.hpp

   private:
    void play_raid(int64_t raid) {
        std::fill_n(row_, sc_.at.width, 0);
        before(raid);
        for (;;) {
            int64_t t = NEVER;
            for (const int64_t wake : wake_) t = std::min(t, wake);
            if (sc_.campaign)
                for (const int64_t look : looks_) t = std::min(t, look);
            if (!events_.empty()) t = std::min(t, events_.front() >> 20);
            if (t == NEVER) break;
            if (sc_.batteries_are_attacked) strike_batteries(t);
            while (!events_.empty() && events_.front() >> 20 == t) assess(t);
            if (sc_.campaign) {
                for (int b = 0; b < int(batteries_.size()); ++b) {
                    if (wake_[b] == t) dispatch(b, t);
                    look(b, t);
                }
                continue;
            }
            for (size_t from = 0; from < wake_.size(); from += LANES) {  // padded
                uint32_t due = 0;
                for (int b = 0; b < LANES; ++b) due |= uint32_t(wake_[from + b] == t) << b;
                for (; due; due &= due - 1) dispatch(int(from) + __builtin_ctz(due), t);
            }
        }
        if (sc_.batteries_are_attacked) strike_batteries(NEVER);
        count();
    }

    // Of a threat. Not free: engaged, or dead and called dead. Failed: early. Late: fought like one that will miss.
    enum Flags : uint8_t {
        FAILED = 1, ON_TARGET = 2, TRACKED = 4, SHOT_AT = 8, STOPPED = 16, NOT_FREE = 32, CALLED_DEAD = 64, LATE = 128
    };
    enum StateFlags : uint32_t { SEEN = 1, IGNORED = 2, ELIGIBLE = 4, RETURNED = 8 };

    struct Threat {
        int64_t impact;
        int64_t called;  // the latest tick at which it was called dead wrongly: whose window was open then believes it
        uint32_t rank, order;
        uint16_t group, asset;
        uint8_t flags;
    };
    struct State {  // of a threat at a battery
        uint32_t flags : 16, looks : 16;
    };

    struct Return {  // a threat in a battery's heap, by the key of rule R6
        uint64_t high, low, tie;
        int32_t threat, pair;
        bool operator>(const Return& other) const {
            return high != other.high ? high > other.high : low != other.low ? low > other.low : tie > other.tie;
        }
    };
    struct PairNow {
        int head;          // into unseen_: the next eligible threat the battery has not looked at
        int opened;        // into unseen_: the first whose window was not open at the last look for unmet needs
        int64_t short_at;  // when the magazine fell below what a first shot needs
    };
    struct Emptied {  // tubes of a magazine emptied by its commits up to one at a tick
        int64_t tick, tubes;
    };
    struct BatteryNow {
        bool up, able;  // able: and its lenders are up
        int64_t rounds, loaded, lost_at;
        int disabled;                                // assets that are this battery
        std::vector<Emptied> emptied;                // of its magazine, if tubes limit it
        size_t again = 0;                            // how many of them are ready again
        std::vector<std::pair<int64_t, int>> pairs;  // by the tick at which their first window opens
        size_t begun = 0;                            // how many of them have been looked at
        std::vector<int> active;                     // those of them that are not over
        std::vector<int64_t> releases;               // of busy channels; those that are over leave when the battery is next asked
        std::vector<Return> returns;
    };

    // before.hpp
    int64_t chance(int which, const Group& g, uint32_t rank) const;
    bool certain(int which) const;
    void before(int64_t raid);
    void draw(const uint32_t* ranks, int n, uint32_t subject, uint32_t address);
    void arrive(const Group& g);
    void sort_uniform(const Group& g);
    int64_t gap(uint32_t word, const Group& g) const;
    void settle(const Group& g);
    void see(int j, const Group& g);

    // after.hpp
    void strike_batteries(int64_t t);
    bool hit(const Threat& threat);
    Reason reason(const Threat& threat, const Group& g, int k) const;
    void count();
    bool watched(int b) const;
    void look_from(int b);
    void look(int b, int64_t t);

    // The tick at which the next threat of this group that may ever be fought comes within the battery's window.
    int64_t next_opening(int j) {
        const Pair& pair = sc_.pairs[j];
        const Group& g = sc_.groups[pair.group];
        for (int& head = pairs_[j].head;; ++head) {
            const int k = unseen_[head];
            if (k == g.count) return NEVER;
            const Threat& threat = threats_[g.first + k];
            if (!(threat.flags & CALLED_DEAD)) return threat.impact + pair.open;
        }
    }

    Return key(int threat, int j, const State& state) const {
        const Pair& pair = sc_.pairs[j];
        const Group& g = sc_.groups[pair.group];
        const Threat& it = threats_[threat];
        const Order order = sc_.batteries[pair.battery].order;
        const int64_t when = it.impact + (order == BY_ARRIVAL ? pair.open : pair.close);
        const uint32_t second = order == BY_FEWEST_LOOKS ? state.looks : order == BY_VALUE ? uint32_t(sc_.assets[it.asset].value_rank) : 0;
        return {uint64_t(g.priority) << 32 | second, uint64_t(when + NEVER), uint64_t(it.order) << 20 | (uint32_t(g.first) + it.rank), threat, j};
    }

    void push(BatteryNow& now, const Return& entry, State& state) {
        state.flags |= RETURNED;
        now.returns.push_back(entry);
        std::push_heap(now.returns.begin(), now.returns.end(), std::greater<>());
    }

    // An engagement ends with its threat believed alive (R9): it competes again wherever its window is open.
    void assess(int64_t t) {
        const int i = int(events_.front() & 0xFFFFF);
        std::pop_heap(events_.begin(), events_.end(), std::greater<>());
        events_.pop_back();
        Threat& threat = threats_[i];
        threat.flags &= uint8_t(~NOT_FREE);
        const Group& g = sc_.groups[threat.group];
        const int64_t since = t - threat.impact;
        const int k = i - g.first;
        for (int j = g.first_pair; j < g.end_pair; ++j) {
            const Pair& pair = sc_.pairs[j];
            BatteryNow& now = batteries_[pair.battery];
            if (since < pair.open || since > pair.close || !now.able || magazine(pair.battery).rounds == 0) continue;
            if (threat.called >= threat.impact + pair.open) continue;
            State& state = states_[pair.state_at + k];
            // The battery has yet to look at it, or has it in its heap, or can fight it no more: nothing to do.
            if ((state.flags & (ELIGIBLE | RETURNED)) != ELIGIBLE || k >= unseen_[pairs_[j].head] || state.looks >= pair.looks) continue;
            push(now, key(i, j, state), state);
            int64_t& wake = wake_[pair.battery];
            wake = std::min(wake, std::max(t, channel_free_at(pair.battery)));
        }
    }

    BatteryNow& magazine(int b) { return batteries_[sc_.batteries[b].magazine]; }

    int64_t channel_free_at(int b) const {
        const int owner = sc_.batteries[b].channels_of;
        const auto& releases = batteries_[owner].releases;
        const int64_t channels = sc_.batteries[owner].channels;
        return channels < 0 || int64_t(releases.size()) < channels ? -NEVER : releases.front();
    }

    // Tubes of a magazine, by its owner, that are ready at tick t.
    int64_t tubes_ready(int owner, int64_t t) {
        BatteryNow& now = batteries_[owner];
        while (now.again < now.emptied.size() && now.emptied[now.again].tick + sc_.batteries[owner].reload <= t) ++now.again;
        return sc_.batteries[owner].ready - (now.emptied.empty() ? 0 : now.emptied.back().tubes) +
               (now.again == 0 ? 0 : now.emptied[now.again - 1].tubes);
    }

    // When so many are, if nothing more is fired; NEVER if they never are.
    int64_t tubes_ready_at(int owner, int64_t t, int64_t wanted) {
        int64_t ready = tubes_ready(owner, t);
        if (ready >= wanted) return t;
        const BatteryNow& now = batteries_[owner];
        for (size_t k = now.again; k < now.emptied.size(); ++k) {
            ready += now.emptied[k].tubes - (k == 0 ? 0 : now.emptied[k - 1].tubes);
            if (ready >= wanted) return std::min(now.emptied[k].tick + sc_.batteries[owner].reload, NEVER);
        }
        return NEVER;
    }

    // And how many were, after the dispatch of tick t, when the raid is over.
    int64_t tubes_were_ready(int owner, int64_t t) const {
        const auto& emptied = batteries_[owner].emptied;
        const auto until = [&](int64_t tick) {
            const auto end = std::partition_point(emptied.begin(), emptied.end(), [&](const Emptied& e) { return e.tick <= tick; });
            return end == emptied.begin() ? 0 : std::prev(end)->tubes;
        };
        return sc_.batteries[owner].ready - until(t) + until(t - sc_.batteries[owner].reload);
    }

    // One battery's turn (R6): fire at the smallest key while channels, rounds and threats last; then say when to be asked again.
    void dispatch(int b, int64_t t) {
        const Battery& battery = sc_.batteries[b];
        BatteryNow& now = batteries_[b];
        wake_[b] = NEVER;
        if (now.lost_at < t) return;
        auto& releases = batteries_[battery.channels_of].releases;
        const int64_t channels = sc_.batteries[battery.channels_of].channels;
        BatteryNow& stock = magazine(b);
        const bool tubes = sc_.batteries[battery.magazine].ready >= 0;
        while (!releases.empty() && releases.front() <= t) {
            std::pop_heap(releases.begin(), releases.end(), std::greater<>());
            releases.pop_back();
        }
        aside_.clear();
        while (stock.rounds != 0 && (channels < 0 || int64_t(releases.size()) < channels)) {
            if (tubes && tubes_ready(battery.magazine, t) < battery.least_tubes) break;
            const Return best = choose(battery, now, t);
            if (best.pair < 0) break;
            const Pair& pair = sc_.pairs[best.pair];
            const State& state = states_[pair.state_at + best.threat - sc_.groups[pair.group].first];
            const int64_t wanted = pair.salvo[std::min<size_t>(state.looks, pair.salvo.size() - 1)];
            const int64_t needed = battery.partial_salvo ? 1 : wanted;
            if (stock.rounds >= 0 && stock.rounds - pair.keep < needed) continue;  // never again enough for it
            if (tubes && tubes_ready(battery.magazine, t) < needed) {
                aside_.push_back(best);
                continue;
            }
            commit(b, best.pair, best.threat, t, wanted);
            for (int c = 0; sc_.campaign && c < b; ++c)  // their turns are over
                if (sc_.batteries[c].magazine == battery.magazine) look(c, t);
        }
        if (stock.rounds == 0) return;
        int64_t next = now.returns.empty() ? NEVER : t;
        if (now.begun < now.pairs.size()) next = std::min(next, now.pairs[now.begun].first);
        for (size_t k = 0; k < now.active.size();) {
            const int64_t opens = next_opening(now.active[k]);
            if (opens == NEVER) {
                now.active[k] = now.active.back();
                now.active.pop_back();
            } else {
                next = std::min(next, opens);
                ++k;
            }
        }
        if (next != NEVER) wake_[b] = std::max(next, channel_free_at(b));
        if (!tubes) return;
        if (wake_[b] != NEVER) wake_[b] = std::max(wake_[b], tubes_ready_at(battery.magazine, t, battery.least_tubes));
        if (aside_.empty()) return;
        const int64_t more = tubes_ready_at(battery.magazine, t, tubes_ready(battery.magazine, t) + 1);
        wake_[b] = std::min(wake_[b], std::max(more, channel_free_at(b)));
        for (const Return& entry : aside_) {
            const Pair& pair = sc_.pairs[entry.pair];
            push(now, entry, states_[pair.state_at + entry.threat - sc_.groups[pair.group].first]);
        }
    }

    // Takes the smallest key out of the heap and the unseen; pair -1 if there is none.
    Return choose(const Battery& battery, BatteryNow& now, int64_t t) {
        Return best{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, -1};
        for (; now.begun < now.pairs.size() && now.pairs[now.begun].first <= t; ++now.begun)
            now.active.push_back(now.pairs[now.begun].second);
        for (const int j : now.active) {
            const Pair& pair = sc_.pairs[j];
            const Group& g = sc_.groups[pair.group];
            for (int& head = pairs_[j].head;; ++head) {
                const int k = unseen_[head];
                if (k == g.count) break;
                const Threat& threat = threats_[g.first + k];
                if (threat.impact + pair.open > t) break;
                if (threat.flags & NOT_FREE || threat.called >= threat.impact + pair.open || threat.impact + pair.close < t) continue;
                State& state = states_[pair.state_at + k];
                const Return entry = key(g.first + k, j, state);
                if (battery.order == BY_VALUE) {  // the one order in which a group is not served as it arrives
                    push(now, entry, state);
                    continue;
                }
                if (best > entry) best = entry;
                break;
            }
        }
        while (!now.returns.empty() && best > now.returns.front()) {
            const Return top = now.returns.front();
            std::pop_heap(now.returns.begin(), now.returns.end(), std::greater<>());
            now.returns.pop_back();
            const Pair& pair = sc_.pairs[top.pair];
            const Threat& threat = threats_[top.threat];
            states_[pair.state_at + top.threat - sc_.groups[pair.group].first].flags &= ~RETURNED & 0xFFFF;
            if (!(threat.flags & NOT_FREE) && threat.called < threat.impact + pair.open && threat.impact + pair.close >= t) return top;
        }
        if (best.pair >= 0) ++pairs_[best.pair].head;
        return best;
    }

    // Milliseconds from commit to intercept, r before impact: ceil((v r + w d - 1000 X) / (v + w)), at least 0 (R3).
    static int64_t flight(const Pair& pair, int64_t r) {
        const int64_t travel = pair.speed * r + pair.lead;
        if (travel <= 0) return 0;
        if (travel < int64_t(1) << 52) {  // a division of doubles is cheaper, and at most one off
            int64_t q = int64_t(double(travel) / double(pair.closing));
            q -= q * pair.closing >= travel;
            return q + (q * pair.closing < travel);
        }
        return (travel + pair.closing - 1) / pair.closing;
    }

    // Fires a salvo and settles what comes of it (R7 to R9).
    void commit(int b, int j, int i, int64_t t, int64_t wanted) {
        const Battery& battery = sc_.batteries[b];
        BatteryNow& stock = magazine(b);
        const Battery& owner = sc_.batteries[battery.magazine];
        const Pair& pair = sc_.pairs[j];
        const Group& g = sc_.groups[pair.group];
        Threat& threat = threats_[i];
        State& state = states_[pair.state_at + i - g.first];
        const Columns& at = sc_.at;
        int64_t shots = wanted;
        if (battery.spacing > 0) shots = std::min(shots, (threat.impact + pair.close - t) / battery.spacing + 1);
        if (owner.ready >= 0) shots = std::min(shots, tubes_ready(battery.magazine, t));
        if (stock.rounds >= 0) {
            shots = std::min(shots, stock.rounds - pair.keep);
            stock.rounds -= shots;
            if (stock.rounds == 0) row_[at.dry_at + owner.column] = t;
            if (stock.rounds < owner.most_need)
                for (const int k : owner.drawn)
                    if (stock.rounds < sc_.pairs[k].need) pairs_[k].short_at = std::min(pairs_[k].short_at, t);
        }
        if (owner.ready >= 0) stock.emptied.push_back({t, (stock.emptied.empty() ? 0 : stock.emptied.back().tubes) + shots});
        row_[at.fired + battery.column] += shots;
        ++row_[at.engagements + battery.column];
        if (!(threat.flags & SHOT_AT)) {
            ++row_[at.g_engaged + pair.group];
            row_[at.engaged] += g.real;
        }
        threat.flags |= SHOT_AT | NOT_FREE;

        const uint32_t address = g.address | ENGAGEMENT, where = threat.rank << 12 | state.looks;
        const Words first = philox(trial_, battery.subject, address, where, key_);
        const int64_t kill = chance(pair.kill, g, threat.rank);
        const bool shared = shots > 1 && first.word[0] < chance(pair.shared_failure, g, threat.rank);
        Words more{};
        int64_t intercept = t;
        for (int64_t m = 0; m < shots; ++m) {
            uint32_t word = first.word[2];
            if (m > 0 && !shared) {
                if (m > 1 && (m & 3) == 2) more = philox(trial_, battery.subject, address | uint32_t((m + 2) >> 2), where, key_);
                word = m == 1 ? first.word[3] : more.word[(m + 2) & 3];
            }
            const int64_t leaves = t + m * battery.spacing;
            intercept = pair.cycle >= 0 ? leaves : leaves + flight(pair, threat.impact - leaves);
            if (threat.flags & STOPPED) {
                ++row_[at.redundant + battery.column];
            } else if (word < kill && intercept <= threat.impact) {
                threat.flags |= STOPPED;
                ++row_[at.kills + battery.column];
                ++row_[at.g_stopped + pair.group * sc_.batteries_in_file + battery.column];
                row_[at.g_suppressed + pair.group] += battery.suppress;
                row_[at.stopped] += g.real;
            }
        }
        ++state.looks;

        const int64_t last_leaves = t + (shots - 1) * battery.spacing;
        int64_t assessed, released;
        if (pair.cycle >= 0) {
            assessed = released = std::max(t + pair.cycle, last_leaves);
        } else {
            assessed = intercept + battery.assess;
            released = battery.hold == UNTIL_ASSESSED    ? assessed
                       : battery.hold == UNTIL_INTERCEPT ? intercept
                                                         : std::max(t + battery.launch_cycle, last_leaves);
        }
        assessed = std::max(assessed, t + 1);
        auto& releases = batteries_[battery.channels_of].releases;
        releases.push_back(std::max(released, t + 1));
        std::push_heap(releases.begin(), releases.end(), std::greater<>());
        int64_t& peak = row_[at.busy_peak + sc_.batteries[battery.channels_of].column];
        peak = std::max(peak, int64_t(releases.size()));

        const bool called_dead = threat.flags & STOPPED ? first.word[1] >= chance(battery.miss_called_wrongly, g, threat.rank)
                                                        : first.word[1] < chance(battery.kill_called_wrongly, g, threat.rank);
        if (called_dead && threat.flags & STOPPED) {
            threat.flags |= CALLED_DEAD;
        } else if (called_dead) {  // wrongly: who could see it before then believes it dead, so that nothing has to happen then
            threat.flags &= uint8_t(~NOT_FREE);
            threat.called = assessed;
        } else if (assessed <= threat.impact + g.last_close) {
            events_.push_back(assessed << 20 | i);
            std::push_heap(events_.begin(), events_.end(), std::greater<>());
        }
    }

    const Scenario& sc_;
    Key seed_, key_;  // the latter has the raid's index in it
    uint32_t trial_ = 0;
    int64_t* row_ = nullptr;
    std::vector<int64_t> chances_;  // present thresholds; -1: drawn for each threat
    std::vector<Threat> threats_;
    std::vector<State> states_;
    std::vector<int> unseen_;  // per pair: places in the group of those the battery can fight, ended by the group's size
    std::vector<PairNow> pairs_;
    std::vector<Return> aside_;  // passed over in a turn, for want of tubes
    std::vector<BatteryNow> batteries_;
    std::vector<int64_t> wake_;    // per battery: when it may next be able to fire
    std::vector<int64_t> looks_;   // per battery, in a campaign: when a window opens that it may have too few rounds for
    std::vector<int64_t> events_;  // heap of assessments: tick << 20 | threat
    std::vector<int64_t> damage_;
    std::vector<char> gone_;  // assets that are disabled, up to the last raid
    std::vector<std::pair<int64_t, const Threat*>> strikes_;
    size_t next_strike_ = 0;
    std::vector<uint32_t> ranks_, iota_, bucket_, kinds_, aims_, notes_, words_[4];  // of the group at hand
    std::vector<uint64_t> keys_;
};

#include "after.hpp"
#include "before.hpp"
