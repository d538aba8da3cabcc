"""An example of each public function, for its place in the reference; the tests run them as they stand."""

EXAMPLES = {
    "against_record": """
result = salvo.simulate("ukraine-2024-09-02", trials=1_000)
against = salvo.against_record(result)
print(against.total.spread, against.total.outer)  # nine in ten simulated raids, and what should surprise nobody
""",
    "buy": """
options = [
    {"id": "rounds", "path": "batteries.battery.interceptors", "add": 5, "cost_usd": 5e6},
    {"id": "channels", "path": "batteries.battery.channels", "add": 1, "cost_usd": 8e6},
]
print(salvo.buy("saturation", options, budget_usd=20e6, minimise="leakers", trials=500).explain())
""",
    "compare": """
fewer = salvo.load("one-site").replace("batteries.battery.interceptors", 15)
print(salvo.compare("one-site", fewer, trials=1_000).explain())
""",
    "doctrine": """
again = salvo.doctrine("one-site", "shoot-look-shoot")
print(salvo.simulate(again, trials=500).explain())
""",
    "estimate": """
print(salvo.estimate("april-2024", precision="5%").leakers)
""",
    "exact_answer": """
law = salvo.exact_answer("one-site")
print(law.mean, law.pmf[0])
""",
    "hindcast": """
print(salvo.hindcast().explain())
""",
    "load": """
raid = salvo.load("one-site")  # a name, a path, or a mapping
print(raid.name, raid.threats_total)
""",
    "loads": """
raid = salvo.loads(salvo.load("one-site").to_toml())
print(raid == salvo.load("one-site"))
""",
    "marginal": """
print(salvo.marginal("saturation", trials=500).explain())
""",
    "names": """
print(salvo.names())
""",
    "rare": """
print(salvo.rare("one-site", leakers_at_least=12).explain())
""",
    "replay": """
raid = salvo.replay("one-site", seed=1, trial=7)
print(raid.explain())
""",
    "roll": """
print(salvo.roll("one-site", seed=42).explain())
""",
    "sensitivity": """
print(salvo.sensitivity("iraq-1991", trials=200).explain())
""",
    "simulate": """
result = salvo.simulate("april-2024", trials=2_000, seed=1)
print(result.leakers.mean, result.leakers.interval(0.9), result.probability(leakers=0))
""",
    "size": """
print(salvo.size("one-site", "batteries.battery.interceptors", want="leakers<=5", probability="70%").value)
""",
    "sweep": """
print(salvo.sweep("one-site", {"threats.missiles.count": [10, 20, 30]}, trials=500).to_frame())
""",
    "table": """
rows, columns = {"threats.missiles.count": [10, 20]}, {"batteries.battery.interceptors": [10, 20]}
print(salvo.table("one-site", rows=rows, columns=columns, trials=500).to_frame())
""",
    "timeline": """
times = salvo.timeline("one-site", trials=50)
print(times.time_s[:3])
""",
    "why_not_exact": """
print(salvo.why_not_exact("april-2024"))
""",
}
