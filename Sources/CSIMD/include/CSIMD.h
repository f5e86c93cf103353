// Instructions that Swift cannot spell, one inline function each, and no logic.
//
// A function named avx2_…, avx512_… or amx_… may be called only from a module that is compiled for that instruction
// set (see Package.swift); calling it elsewhere stops the compiler. The functions in processor.h are for everyone.
// Vectors travel as Swift sees them: __m256 is SIMD8<Float>, __m256i SIMD4<Int64>, __m512 SIMD16<Float>,
// __m512i SIMD8<Int64>. Masks, immediates and bfloat16 vectors stay inside the functions.
#pragma once
#include "amx.h"
#include "avx2.h"
#include "avx512.h"
#include "processor.h"
