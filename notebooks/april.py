# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # The night of 13-14 April 2024, as a library
#
# The same questions as in docs/guide.md, in Python. Open it as a notebook with jupytext, or run it as it stands.

# %%
import salvo

TRIALS = 1_000
raid = salvo.load("april-2024")
night = salvo.simulate(raid, trials=TRIALS)
print(night.explain())

# %% [markdown]
# What is known and what is assumed: every number with its source.

# %%
print(night.manifest.to_dict())
night.to_frame("batteries")

# %% [markdown]
# How likely is it that nine or more hit, as was reported?

# %%
nine = night.ask("hits>=9")
print(f"{100 * nine.p:.1f} % ({100 * nine.ci95[0]:.1f} to {100 * nine.ci95[1]:.1f})")
figure = night.chart("at_least")

# %% [markdown]
# The margin: hits against the number of ballistic missiles.

# %%
margin = salvo.sweep(raid, {"threats.ballistic-*.count": "*0.5,*1,*1.5,*2"}, show="hits", trials=TRIALS)
print(margin.explain())
frame = margin.to_frame()
figure = margin.chart()

# %% [markdown]
# Half of every stock, on the same luck: the interval is that of the difference.

# %%
half = salvo.compare(raid, raid.replace("batteries.*.interceptors", "*0.5"), trials=TRIALS)
contrast = half.of("hits")
print(contrast.mean, contrast.ci95, contrast.unpaired_ci95)

# %% [markdown]
# One raid of that night, event by event.

# %%
one = salvo.roll(raid, 42)
print(one.explain())
log = one.to_frame()

# %%
print(night.reproduce())
print(night.cite())
