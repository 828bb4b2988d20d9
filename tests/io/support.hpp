// What the tests of this room share.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "thalweg/core/error.hpp"
#include "thalweg/io/run_file.hpp"

namespace thalweg::test {

/// A folder of its own that goes away with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "thalweg-io-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// The names in it, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string file_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The message of the Error that `call` throws, or "" when it throws none.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// lp, tree_depth, diverging; mu, theta[2,3]; z: array of 2 integers; y_rep[2], log_lik[2].
inline RunHeader small_header(std::int64_t chains) {
  RunHeader header;
  header.settings = {{"method", "\"nuts\""}, {"seed", "20261"}, {"draws", "40"}};
  header.program_name = "small";
  header.program_source = "parameters {\n  real mu;\n}\n";
  header.fingerprint = "g++ 12, x86-64-v3";
  header.chains = chains;
  std::int64_t next = 0;
  const auto add = [&](std::string name, std::string type, ColumnKind kind, std::vector<std::int64_t> shape,
                       bool is_integer) {
    std::int64_t size = 1;
    for (const auto n : shape) size *= n;
    header.columns.push_back({std::move(name), std::move(type), kind, std::move(shape), is_integer, next, size});
    next += size;
  };
  add("lp", "real", ColumnKind::statistic, {}, false);
  add("acceptance_rate", "real", ColumnKind::statistic, {}, false);
  add("step_size", "real", ColumnKind::statistic, {}, false);
  add("tree_depth", "int", ColumnKind::statistic, {}, true);
  add("n_steps", "int", ColumnKind::statistic, {}, true);
  add("diverging", "int", ColumnKind::statistic, {}, true);
  add("energy", "real", ColumnKind::statistic, {}, false);
  add("mu", "real", ColumnKind::parameter, {}, false);
  add("theta", "matrix", ColumnKind::parameter, {2, 3}, false);
  add("z", "array[] int", ColumnKind::transformed_parameter, {2}, true);
  add("y_rep", "vector", ColumnKind::generated_quantity, {2}, false);
  add("log_lik", "vector", ColumnKind::generated_quantity, {2}, false);
  return header;
}

/// A number that tells where it belongs; integer columns get integers.
inline double expected_value(const RunHeader& header, Phase phase, std::int64_t chain, std::int64_t draw,
                             std::int64_t column) {
  const double integer = static_cast<double>(static_cast<int>(phase) * 7 + chain * 1000 + draw * 10 + column);
  for (const ColumnGroup& group : header.columns)
    if (group.first <= column && column < group.first + group.size) {
      if (group.name == "diverging") return draw % 5 == 0;
      if (group.is_integer) return integer;
    }
  return integer + std::sin(integer) / 3;
}

inline DrawBlock expected_block(const RunHeader& header, Phase phase, std::int64_t chain, std::int64_t first,
                                std::int64_t count) {
  DrawBlock block{phase, chain, first, count, {}};
  for (std::int64_t c = 0; c < header.width(); ++c)
    for (std::int64_t i = 0; i < count; ++i) block.values.push_back(expected_value(header, phase, chain, first + i, c));
  return block;
}

inline Checkpoint checkpoint_of(std::uint64_t n, bool finished = false) {
  Checkpoint c{{}, finished};
  for (unsigned i = 0; i < 3000; ++i) c.bytes.push_back(static_cast<unsigned char>(n * 31 + i));
  c.bytes.push_back(static_cast<unsigned char>(n));
  c.bytes.push_back(static_cast<unsigned char>(n >> 8));
  return c;
}

inline void expect_draws(const RunFile& run, Phase phase, std::int64_t chain, std::int64_t count) {
  ASSERT_EQ(run.draw_count(phase, chain), count);
  for (std::int64_t c = 0; c < run.header().width(); ++c) {
    const std::vector<double> column = run.read_column(phase, chain, c);
    ASSERT_EQ(std::ssize(column), count);
    for (std::int64_t i = 0; i < count; ++i)
      ASSERT_EQ(column[static_cast<std::size_t>(i)], expected_value(run.header(), phase, chain, i, c))
          << "chain " << chain << ", column " << c << ", draw " << i;
  }
}

/// Another process, which runs `body` and ends with the status it returns.
class Child {
 public:
  template <class Body>
  explicit Child(Body&& body) : id_(::fork()) {
    if (id_ != 0) return;
    int status = 98;
    try {
      status = body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(status);
  }
  ~Child() {
    if (id_ > 0) kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill() {
    ::kill(id_, SIGKILL);
    wait();
  }
  /// Waits for its end; −signal when a signal ended it.
  int exit_code() { return wait(); }

 private:
  pid_t id_;
  int wait() {
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
};

}  // namespace thalweg::test
