"""How fast Guben is, against a plain script and against its limits: `make bench`. No part of the product."""
