"""All raids worked by hand from docs/model.md, section 4."""

import edges_calls
import edges_campaign
import edges_lending
import edges_rules
import edges_stocks
from edge_kit import EDGES, FATES, Edge, at, given, gun

__all__ = ["EDGES", "FATES", "Edge", "at", "given", "gun"]
assert all((edges_calls, edges_campaign, edges_lending, edges_rules, edges_stocks))
