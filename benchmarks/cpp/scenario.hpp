// A scenario in integers, as benchmarks/plain.py writes it: a flat stream of 64-bit integers, read in order.
// Ticks are milliseconds, speeds mm/s, probabilities thresholds out of 2^32.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

enum Scope { CONSTANT, STUDY, RAID, EACH_THREAT };
enum Arrival { FIXED, UNIFORM, LISTED, POISSON };
enum Hold { UNTIL_ASSESSED, UNTIL_INTERCEPT, UNTIL_LAUNCHED };
enum Order { BY_DEADLINE, BY_ARRIVAL, BY_FEWEST_LOOKS, BY_VALUE };

struct Parameter {
    Scope scope;
    uint32_t subject;
    int64_t threshold;
    std::vector<int64_t> slices;  // 4096 of them, unless constant
};

struct Group {
    uint32_t address;  // counter word 2 without kind and block
    int first, count;  // numbers of its threats
    bool real;
    int threat_class;
    Arrival arrival;
    int64_t start, spread, gap;
    int gap_shift;
    std::vector<int64_t> times, targets;  // cumulated weights of the assets
    int only_asset;                       // -1 if there is a choice
    int reliability, on_target, track, fails_late, priority;
    bool even;                   // aims go by rank, without luck
    std::vector<char> opposed;   // per asset: some battery has anything against the group there
    int first_pair, end_pair;
    int64_t last_close;
};

struct Battery {
    uint32_t subject;
    int column;  // place in the file
    int64_t channels, rounds, assess, spacing, launch_cycle;  // -1: unlimited
    int channels_of, magazine;                                // whose channels and rounds it uses: its own, or its lender's
    int64_t ready, reload;                                    // tubes, -1: no limit; ms
    int64_t resupply;                                         // before each raid but the first
    int lost_after;                                           // disabled assets with which it is lost; 0: none is this battery
    Hold hold;
    Order order;
    bool partial_salvo, suppress;
    int availability, sensitivity, specificity, kill_called_wrongly, miss_called_wrongly;
    bool covers_all;
    std::vector<char> covers;
    std::vector<int> pairs;
    std::vector<int> drawn;      // pairs that fire from its magazine
    int64_t most_need = 0;       // of those: for a first shot
    int64_t most_wanted = 0;     // and for any shot
    int64_t least_tubes = 1;     // without which it can fire at nobody
};

struct Asset {
    int64_t hits_to_disable;
    int destroyed_by_hit, battery, value_rank;  // -1: none
};

struct Pair {  // a group that a battery can fight; sorted by group, then battery
    int group, battery;
    int64_t open, close;  // from impact
    int kill, shared_failure, detect, classify;
    int looks;
    int64_t cycle, speed, closing, lead;  // cycle -1: flight by geometry
    int64_t keep;                         // rounds of the magazine that are not fired at this class
    std::vector<int> salvo;
    int64_t need;  // rounds without which a first shot is impossible, `keep` among them
    int tubes;     // and tubes
    int state_at;
};

struct Columns {  // in the order of salvo.engine.columns.Columns
    int64_t leakers, hits, failed, failed_early, stopped, engaged, assets_disabled, violations, class_leakers, class_hits, g_failed,
        g_failed_late, g_suppressed, g_missed, g_hit, g_expired, g_engaged, g_why, g_stopped, fired, redundant, kills, engagements,
        busy_peak, left, dry, dry_at, unmet, asset_hits, disabled, width;
};

struct Stock {  // rounds, 0 where it has none of its own
    int64_t full, resupply;
};

struct Scenario {
    int batteries_in_file;
    int64_t raids, interval;
    bool campaign;
    std::vector<Stock> stocks;  // of all batteries, as the file has them
    Columns at;
    std::vector<int64_t> log2;  // round(2^32 log2(1 + i/4096))
    std::vector<Parameter> parameters;
    std::vector<Group> groups;
    std::vector<Battery> batteries;  // in the order in which they are served
    std::vector<Asset> assets;
    std::vector<Pair> pairs;
    int threats = 0, largest_group = 0, states = 0;
    bool batteries_are_attacked = false;

    explicit Scenario(const char* path);
};

class Reader {
   public:
    explicit Reader(const char* path) {
        FILE* file = std::fopen(path, "rb");
        if (!file) die("cannot be opened");
        int64_t some[4096];
        for (size_t n; (n = std::fread(some, sizeof *some, 4096, file)) > 0;) numbers_.insert(numbers_.end(), some, some + n);
        std::fclose(file);
    }
    int64_t operator()() {
        if (at_ >= numbers_.size()) die("ends too early");
        return numbers_[at_++];
    }
    int small() { return static_cast<int>((*this)()); }
    template <class T>
    std::vector<T> list(int64_t n) {
        std::vector<T> values;
        for (int64_t k = 0; k < n; ++k) values.push_back(static_cast<T>((*this)()));
        return values;
    }
    void end() const {
        if (at_ != numbers_.size()) die("goes on too long");
    }

   private:
    [[noreturn]] static void die(const char* what) {
        std::fprintf(stderr, "the scenario file %s\n", what);
        std::exit(2);
    }
    std::vector<int64_t> numbers_;
    size_t at_ = 0;
};

inline Scenario::Scenario(const char* path) {
    Reader next(path);
    batteries_in_file = next.small();
    for (auto* column = &at.leakers; column <= &at.width; ++column) *column = next();
    log2 = next.list<int64_t>(4097);
    parameters.resize(next());
    for (auto& p : parameters) {
        p.scope = Scope(next());
        p.subject = uint32_t(next());
        p.threshold = next();
        if (p.scope != CONSTANT) p.slices = next.list<int64_t>(4096);
    }
    raids = next();
    campaign = next();
    interval = next();
    stocks.resize(size_t(batteries_in_file));
    for (auto& stock : stocks) {
        stock.full = next();
        stock.resupply = next();
    }
    assets.resize(next());
    for (auto& a : assets) {
        a.hits_to_disable = next();
        a.destroyed_by_hit = next.small();
        a.battery = next.small();
        a.value_rank = next.small();
        batteries_are_attacked |= a.battery >= 0;
    }
    groups.resize(next());
    for (auto& g : groups) {
        g.address = uint32_t(next()) << 8;
        g.first = threats;
        g.count = next.small();
        threats += g.count;
        largest_group = std::max(largest_group, g.count);
        g.real = next();
        g.threat_class = next.small();
        g.arrival = Arrival(next());
        g.start = next();
        g.spread = next();
        g.gap = next();
        g.gap_shift = next.small();
        if (g.arrival == LISTED) g.times = next.list<int64_t>(g.count);
        g.targets = next.list<int64_t>(int64_t(assets.size()));
        g.only_asset = -1;
        for (size_t a = 0; a < assets.size(); ++a)
            if (g.targets[a] == int64_t(1) << 32 && (a == 0 || g.targets[a - 1] == 0)) g.only_asset = int(a);
        g.reliability = next.small();
        g.on_target = next.small();
        g.track = next.small();
        g.fails_late = next.small();
        g.even = next();
        g.opposed = next.list<char>(int64_t(assets.size()));
        g.priority = next.small();
        g.first_pair = g.end_pair = 0;
        g.last_close = INT64_MIN / 4;
    }
    batteries.resize(next());
    for (auto& b : batteries) {
        b.subject = uint32_t(next());
        b.column = next.small();
        b.channels = next();
        b.rounds = next();
        b.channels_of = next.small();
        b.magazine = next.small();
        b.ready = next();
        b.reload = next();
        b.lost_after = next.small();
        b.assess = next();
        b.spacing = next();
        b.hold = Hold(next());
        b.launch_cycle = next();
        b.order = Order(next());
        b.partial_salvo = next();
        b.suppress = next();
        b.availability = next.small();
        b.sensitivity = next.small();
        b.specificity = next.small();
        b.kill_called_wrongly = next.small();
        b.miss_called_wrongly = next.small();
        b.covers = next.list<char>(int64_t(assets.size()));
        b.resupply = next();
        b.covers_all = std::count(b.covers.begin(), b.covers.end(), 0) == 0;
    }
    pairs.resize(next());
    for (size_t j = 0; j < pairs.size(); ++j) {
        Pair& p = pairs[j];
        p.group = next.small();
        p.battery = next.small();
        p.open = next();
        p.close = next();
        p.kill = next.small();
        p.shared_failure = next.small();
        p.detect = next.small();
        p.classify = next.small();
        p.looks = next.small();
        p.cycle = next();
        p.speed = next();
        p.closing = next();
        p.lead = next();
        p.keep = next();
        p.salvo = next.list<int>(next());
        Battery& battery = batteries[p.battery];
        Battery& owner = batteries[battery.magazine];
        p.tubes = battery.partial_salvo ? 1 : p.salvo[0];
        p.need = p.keep + p.tubes;
        owner.most_need = std::max(owner.most_need, p.need);
        owner.most_wanted =
            std::max(owner.most_wanted, p.keep + (battery.partial_salvo ? 1 : *std::max_element(p.salvo.begin(), p.salvo.end())));
        owner.drawn.push_back(int(j));
        if (!battery.partial_salvo) {
            const int64_t least = *std::min_element(p.salvo.begin(), p.salvo.end());
            battery.least_tubes = battery.pairs.empty() ? least : std::min(battery.least_tubes, least);
        }
        p.state_at = states;
        Group& g = groups[p.group];
        states += g.count + 1;
        if (g.end_pair == 0) g.first_pair = int(j);
        g.end_pair = int(j) + 1;
        g.last_close = std::max(g.last_close, p.close);
        battery.pairs.push_back(int(j));
    }
    next.end();
}
