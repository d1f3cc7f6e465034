"""The figures of the hotline (考核指标), computed from the case timeline alone; docs/figures.md defines them."""
