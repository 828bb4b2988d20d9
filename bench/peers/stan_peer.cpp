// Wraps the C++ that a Stan compiler made of a program. Compiled with -DPROGRAM_HEADER="…" and
// -DPROGRAM_MODEL=name_of_class.
#include PROGRAM_HEADER

#include <cstdio>
#include <stan/io/array_var_context.hpp>
#include <stan/model/gradient.hpp>

#include "stan_peer.h"

namespace {

using Model = PROGRAM_MODEL;

/// Stan reads arrays with the first index fastest.
template <class T>
void append_columns_first(std::vector<T>& to, const stan_peer_value& v, const T* from) {
  if (v.rank == 2) {
    for (int64_t j = 0; j < v.shape[1]; ++j)
      for (int64_t i = 0; i < v.shape[0]; ++i) to.push_back(from[i * v.shape[1] + j]);
  } else {
    to.insert(to.end(), from, from + v.size);
  }
}

struct Peer {
  Model model;
  Eigen::VectorXd x, gradient;

  explicit Peer(stan::io::var_context& data)
      : model(data, 1u, &std::cerr), x(model.num_params_r()), gradient(model.num_params_r()) {}
};

void* create(const stan_peer_value* values, int64_t count) {
  std::vector<std::string> real_names, integer_names;
  std::vector<double> reals;
  std::vector<int> integers;
  std::vector<std::vector<size_t>> real_shapes, integer_shapes;
  for (int64_t i = 0; i < count; ++i) {
    const stan_peer_value& v = values[i];
    const std::vector<size_t> shape(v.shape, v.shape + v.rank);
    if (v.integers) {
      integer_names.push_back(v.name);
      integer_shapes.push_back(shape);
      append_columns_first(integers, v, v.integers);
    } else {
      real_names.push_back(v.name);
      real_shapes.push_back(shape);
      append_columns_first(reals, v, v.reals);
    }
  }
  try {
    stan::io::array_var_context context(real_names, reals, real_shapes, integer_names, integers, integer_shapes);
    return new Peer(context);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "the peer cannot read its data: %s\n", e.what());
    return nullptr;
  }
}
void destroy(void* model) { delete static_cast<Peer*>(model); }
int64_t dimension(void* model) { return static_cast<Peer*>(model)->x.size(); }

double gradient(void* model, const double* x, double* gradient) {
  Peer& p = *static_cast<Peer*>(model);
  p.x = Eigen::Map<const Eigen::VectorXd>(x, p.x.size());
  double value = 0;
  stan::model::gradient(p.model, p.x, value, p.gradient, static_cast<std::ostream*>(nullptr));
  Eigen::Map<Eigen::VectorXd>(gradient, p.x.size()) = p.gradient;
  return value;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const stan_peer* stan_peer_table() {
  static const stan_peer table = {create, destroy, dimension, gradient};
  return &table;
}
