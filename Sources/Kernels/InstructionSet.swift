// Which vector instructions the kernels use. The processor is asked once; nothing else in the project asks it.

import CSIMD

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A family of kernels, from slowest to fastest.
package enum InstructionSet: String, CaseIterable, Sendable {
    /// What every processor of this architecture has.
    case portable
    /// AVX2 with FMA (x86-64-v3).
    case avx2
    /// AVX-512 with VNNI, VBMI and BF16 (Zen 4, Sapphire Rapids and later).
    case avx512
    /// AVX-512 and, for products of many rows, AMX with BF16 (Sapphire Rapids and later).
    case amx

    /// The fastest set that this processor supports, or a lower one named by the environment variable
    /// `BOTTEGA_ISA` (`portable`, `avx2`, `avx512` or `amx`; a name that is unknown or unsupported changes nothing).
    package static let best: InstructionSet = {
        let named = getenv("BOTTEGA_ISA").flatMap { InstructionSet(rawValue: String(cString: $0)) }
        if let named, named.isSupported { return named }
        return allCases.last { $0.isSupported } ?? .portable
    }()

    /// True when this processor and its operating system can run the set.
    package var isSupported: Bool {
        switch self {
        case .portable: true
        case .avx2: Self.processorLevel >= 1
        case .avx512: Self.processorLevel >= 2
        case .amx: Self.processorLevel >= 3
        }
    }

    private static let processorLevel = processor_vector_level()
}
