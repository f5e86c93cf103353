#include "processor.h"

int processor_vector_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi")
        && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16"))
        return 2;
    return 1;
#else
    return 0;
#endif
}
