"""`make attack`: the site attacked through its proxy, with production settings, on real parts."""
