"""Constants of nature, exact by the definition of SI units since 2019 (BIPM, SI Brochure, 9th edition, table 1)."""

BOLTZMANN_J_PER_K = 1.380649e-23
ELEMENTARY_CHARGE_C = 1.602176634e-19
PLANCK_J_S = 6.62607015e-34
