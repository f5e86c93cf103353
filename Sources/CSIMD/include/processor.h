// What the processor is asked, and the hint that a thread spins.
#pragma once

/// 3: AMX with BF16, which this process may use from now on, and all of 2; 2: AVX-512 F, BW, VL, DQ, VBMI, VNNI and BF16 with FMA; 1: AVX2 with FMA and F16C; 0: none of these.
int processor_vector_level(void);

/// Tells the core that this thread waits in a loop.
static inline __attribute__((always_inline)) void processor_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Asks for the cache line at `address`, which may be any address.
static inline __attribute__((always_inline)) void processor_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}
/// The same, into the second-level cache.
static inline __attribute__((always_inline)) void processor_prefetch_second(const void *address) {
    __builtin_prefetch(address, 0, 2);
}
