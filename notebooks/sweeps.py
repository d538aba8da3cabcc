# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # Sweeps: curves, surfaces, designs, and sweeps that take long
#
# All points are played on the same luck. Rows are the same wherever they are played.

# %%
import tempfile
from concurrent.futures import ThreadPoolExecutor

import salvo

TRIALS = 500

# %% [markdown]
# A curve, and the value at which five get through on average.

# %%
curve = salvo.sweep(
    "one-site", {"threats.missiles.count": "5:30:5"}, show=["leakers", "batteries.battery.fired"], trials=TRIALS
)
print(curve.breaks(5, "leakers"))
frame = curve.to_frame()
figure = curve.plot(y="batteries.battery.fired")

# %% [markdown]
# A surface.

# %%
over = {"threats.missiles.count": "10:30:10", "batteries.battery.interceptors": "10,20,30"}
surface = salvo.sweep("one-site", over, trials=TRIALS)
figure = surface.chart("heat")

# %% [markdown]
# A design that fills a space of three inputs, one of them a factor for all batteries at once.

# %%
ends = {
    "threats.missiles.count": "5:40",
    "batteries.battery.against.missile.kill": "50%:95%",
    "batteries.*.interceptors": "*0.5:*2",
}
design = salvo.sweep("one-site", ends, design="sobol", points=32, trials=TRIALS)
figure = design.plot("batteries.battery.against.missile.kill")

# %% [markdown]
# Somewhere else, and kept: any executor, and a folder that holds finished points. The second call plays nothing.

# %%
with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as executor:
    first = salvo.sweep("one-site", over, trials=TRIALS, executor=executor, folder=folder)
    again = salvo.sweep("one-site", over, trials=TRIALS, folder=folder)
assert again.reused == len(again.points)
assert again.points == surface.points
