# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # From sizing to purchase: a defence that does not exist
#
# A battery with one layer against a raid of missiles. How many rounds are enough, what binds, and what should be added next?

# %%
import salvo

TRIALS = 1_000
site = salvo.load(
    {
        "schema": 1,
        "name": "island",
        "layers": ["only"],
        "threats": [{"id": "missiles", "class": "cruise", "count": 24, "speed_m_s": 250, "arrival": {"spread_s": 60}}],
        "batteries": [
            {
                "id": "sam",
                "layer": "only",
                "channels": 4,
                "interceptors": 24,
                "interceptor_speed_m_s": 900,
                "interceptor_cost_usd": 1e6,
                "assess_s": 4,
                "against": {"cruise": {"kill": {"low": 0.5, "mode": 0.7, "high": 0.8}, "near_km": 1, "far_km": 20}},
            }
        ],
    }
)
print(salvo.simulate(site, trials=TRIALS).explain())

# %% [markdown]
# Rounds first: `met` says whether any number of them holds the goal, `binds` what is in the way if not.

# %%
rounds = salvo.size(site, "batteries.sam.interceptors", want="leakers<=2", probability=0.9, trials=TRIALS)
print(rounds.explain())
figure = rounds.chart()

# %% [markdown]
# Luck and ignorance: the share of beliefs about the kill probability in which the goal holds.

# %%
print(rounds.holds_in or "not met, or nothing is unknown")

# %% [markdown]
# The next dollar.

# %%
more = salvo.marginal(site, trials=TRIALS)
more.to_frame()

# %% [markdown]
# Does another doctrine of fire do it for nothing?

# %%
looks = salvo.compare(salvo.doctrine(site, "shoot-shoot"), salvo.doctrine(site, "shoot-look"), trials=TRIALS)
print(looks.explain())
