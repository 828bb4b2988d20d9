// The C interface that nutpie looks for in a compiled Stan program (BridgeStan's, version 2), over Stan's own model
// class. Compiled with -DPROGRAM_HEADER="…" and -DSTAN_THREADS.
#include PROGRAM_HEADER

#include <cstring>
#include <memory>
#include <sstream>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/log_prob_grad.hpp>
#include <stan/model/log_prob_propto.hpp>
#include <stan/services/util/create_rng.hpp>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct Bridge {
  std::unique_ptr<stan_model> model;
  std::string name, info, names[4], free_names;
  int sizes[4], dimension;

  Bridge(stan::io::var_context& data, unsigned seed)
      : model(new stan_model(data, seed, nullptr)), name(model->model_name()), info("STAN_THREADS=true\n") {
    for (int i = 0; i < 4; ++i) {
      std::vector<std::string> all;
      model->constrained_param_names(all, i & 1, i & 2);
      sizes[i] = static_cast<int>(all.size());
      names[i] = joined(all);
    }
    std::vector<std::string> all;
    model->unconstrained_param_names(all, false, false);
    dimension = static_cast<int>(all.size());
    free_names = joined(all);
  }
  static std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
  }
};

/// Reverse mode needs a stack of its own in every thread.
void ensure_stack() { static thread_local stan::math::ChainableStack stack; }

/// Runs `body`; an exception becomes a message and the result −1.
template <class F>
int guarded(char** error, const F& body) {
  try {
    body();
    return 0;
  } catch (const std::exception& e) {
    if (error) *error = strdup(e.what());
    return -1;
  }
}

Eigen::VectorXd point(const Bridge* b, const double* x) { return Eigen::Map<const Eigen::VectorXd>(x, b->dimension); }

}  // namespace

EXPORT int bs_major_version = 2;
EXPORT int bs_minor_version = 7;
EXPORT int bs_patch_version = 0;

EXPORT Bridge* bs_model_construct(const char* data, unsigned seed, char** error) {
  Bridge* result = nullptr;
  guarded(error, [&] {
    ensure_stack();
    std::istringstream text(data && *data ? data : "{}");
    stan::json::json_data values(text);
    result = new Bridge(values, seed);
  });
  return result;
}
EXPORT void bs_model_destruct(Bridge* b) { delete b; }
EXPORT void bs_free_error_msg(char* message) { std::free(message); }
EXPORT const char* bs_name(const Bridge* b) { return b->name.c_str(); }
EXPORT const char* bs_model_info(const Bridge* b) { return b->info.c_str(); }
EXPORT int bs_param_num(const Bridge* b, bool transformed, bool generated) {
  return b->sizes[(transformed ? 1 : 0) + (generated ? 2 : 0)];
}
EXPORT const char* bs_param_names(const Bridge* b, bool transformed, bool generated) {
  return b->names[(transformed ? 1 : 0) + (generated ? 2 : 0)].c_str();
}
EXPORT int bs_param_unc_num(const Bridge* b) { return b->dimension; }
EXPORT const char* bs_param_unc_names(const Bridge* b) { return b->free_names.c_str(); }

EXPORT stan::rng_t* bs_rng_construct(unsigned seed, char**) {
  return new stan::rng_t(stan::services::util::create_rng(seed, 0));
}
EXPORT void bs_rng_destruct(stan::rng_t* rng) { delete rng; }

EXPORT int bs_param_constrain(const Bridge* b, bool transformed, bool generated, const double* x, double* out,
                              stan::rng_t* rng, char** error) {
  return guarded(error, [&] {
    stan::rng_t none = stan::services::util::create_rng(0, 0);
    Eigen::VectorXd free = point(b, x), values;
    b->model->write_array(rng ? *rng : none, free, values, transformed, generated, nullptr);
    Eigen::Map<Eigen::VectorXd>(out, values.size()) = values;
  });
}
EXPORT int bs_param_unconstrain(const Bridge* b, const double* values, double* x, char** error) {
  return guarded(error, [&] {
    const Eigen::VectorXd constrained = Eigen::Map<const Eigen::VectorXd>(values, b->sizes[0]);
    Eigen::VectorXd free;
    b->model->unconstrain_array(constrained, free, nullptr);
    Eigen::Map<Eigen::VectorXd>(x, free.size()) = free;
  });
}
EXPORT int bs_param_unconstrain_json(const Bridge* b, const char* json, double* x, char** error) {
  return guarded(error, [&] {
    std::istringstream text(json);
    stan::json::json_data values(text);
    Eigen::VectorXd free;
    b->model->transform_inits(values, free, nullptr);
    Eigen::Map<Eigen::VectorXd>(x, free.size()) = free;
  });
}
EXPORT int bs_log_density_gradient(const Bridge* b, bool, bool, const double* x, double* value, double* gradient,
                                   char** error) {
  return guarded(error, [&] {
    ensure_stack();
    Eigen::VectorXd free = point(b, x), slope;
    *value = stan::model::log_prob_grad<true, true>(*b->model, free, slope, nullptr);
    Eigen::Map<Eigen::VectorXd>(gradient, slope.size()) = slope;
  });
}
EXPORT int bs_log_density(const Bridge* b, bool, bool, const double* x, double* value, char** error) {
  return guarded(error, [&] {
    ensure_stack();
    Eigen::VectorXd free = point(b, x);
    *value = stan::model::log_prob_propto<true>(*b->model, free, nullptr);
  });
}
// Second derivatives are not used by any sampler here.
EXPORT int bs_log_density_hessian(const Bridge*, bool, bool, const double*, double*, double*, double*, char** error) {
  return guarded(error, [] { throw std::logic_error("no Hessian here"); });
}
EXPORT int bs_log_density_hessian_vector_product(const Bridge*, bool, bool, const double*, const double*, double*,
                                                 double*, char** error) {
  return guarded(error, [] { throw std::logic_error("no Hessian here"); });
}
EXPORT int bs_set_print_callback(void*, char**) { return 0; }
