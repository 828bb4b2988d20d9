// Built for AVX-512 (CMakeLists.txt); called only where the processor has it.
#include "bits.hpp"

#if defined(__AVX512F__)
/// Adds (name, hash) of every function at each width to `see`.
void bits_v4(void (*see)(void* to, int width, const char* name, std::uint64_t hash), void* to) {
  using namespace thalweg;
  const auto at = [&](int width) { return [=](const char* name, std::uint64_t hash) { see(to, width, name, hash); }; };
  bits::each_function<double>(at(1));
  bits::each_function<Pack<4>>(at(4));
  bits::each_function<Pack<8>>(at(8));
  bits::each_function<Pack<16>>(at(16));
}
#endif
