//! Probabilistic record linkage on generic columns: blocking, comparators, Fellegi-Sunter with EM.
