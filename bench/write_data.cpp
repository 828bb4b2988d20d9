// Prints the data of a benchmark program as JSON: bench_write_data PROGRAM
#include <fmt/format.h>

#include "bench/problems.hpp"
#include "thalweg/io/json_data.hpp"

int main(int count, char** words) {
  try {
    if (count != 2) throw std::invalid_argument("usage: bench_write_data PROGRAM");
    fmt::print("{}\n", thalweg::write_json_data(thalweg::bench::problem_data(words[1])));
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_write_data: {}\n", e.what());
    return 1;
  }
}
