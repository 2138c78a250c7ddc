"""Pages of money for officers: what is due, batches, failed lines, recoveries, budgets, ageing. All through `visible_to`."""
