"""Made-up departmental exports on the real map of the district, as departments really send them.

- `draws`: chance that can be repeated · `district`: places, their sizes and characters (`register.csv`: public facts)
- `figures`, `governance`, `support`: what is said of communities · `two_new_organizations`, `party_organizations`,
  `members`, `cadres`, `activities`: of organizations and people · `names`: made-up names
- `styles`, `layout`, `files`, `mishaps`: how it looks in a file, and what goes wrong in a few
- `handing_in`: who hands in what and when · `content`: one delivery as a file
- `make`: all of it together, and finding it again
"""

from pipelines.sample.make import SampleFile, deliveries, make_sample

__all__ = ["SampleFile", "deliveries", "make_sample"]
