/* A program compiled against Stan Math, as a shared object: the functions it exports. Plain C, so that it shares
 * nothing with the process that loads it. */
#pragma once
#include <stdint.h>

/* One variable of the data: real values, or integers when `integers` is not null, with the last index fastest. */
typedef struct {
  const char* name;
  int32_t rank;
  const int64_t* shape;
  int64_t size;
  const double* reals;
  const int32_t* integers;
} stan_peer_value;

typedef struct {
  /* Null on error, which is then written to stderr. */
  void* (*create)(const stan_peer_value* values, int64_t count);
  void (*destroy)(void* model);
  int64_t (*dimension)(void* model);
  /* log p up to a constant, log Jacobians included, and its gradient by reverse mode: what Stan's sampler calls. */
  double (*gradient)(void* model, const double* x, double* gradient);
} stan_peer;

/* The one symbol that a peer exports: const stan_peer* stan_peer_table(void). */
