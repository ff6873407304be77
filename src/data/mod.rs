//! Datasets: columns of discrete or real values, one row a datum.
