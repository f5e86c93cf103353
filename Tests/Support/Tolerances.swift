// Every tolerance of the model's tests, with its reason.

/// How far an output may lie from what transformers computes in float32.
package enum Tolerances {
    /// Greatest distance of a logit, float32 path. Logits here reach 14 and pass through some twenty float32 sums of
    /// at most 588 terms in another order than the reference's: 1e-5 to 4e-5 measured, 2e-4 far from position 0, where
    /// one unit in the last place of a frequency turns a pair by 1e-3 radians.
    package static let logits: Float = 2e-4

    /// Greatest distance of a vision feature over the greatest magnitude in the tensor, float32 path.
    /// A float32 sum of 588 products is off by some 1e-6 of its terms' magnitude, and so are these: up to 3e-6
    /// measured. The least term that must show, tanh against exact GELU in the tower, moves features by 8e-5.
    package static let features: Float = 5e-6

    /// The same for hidden states of the language core, where what a layer adds to the error the next layers' norms,
    /// products with small norms and softmaxes carry on: up to 6e-6 measured after two layers.
    package static let hiddenStates: Float = 2e-5

    /// Distance between two orders of the same float32 sums in one model: one token at a time, in chunks, at once.
    package static let reordered: Float = 1e-4

    /// Root mean square distance of the fast path, as a multiple of the recorded drift. The drift is what rounding the
    /// inputs of every product to bfloat16 (at most 2⁻⁹ of each, at random) does to the reference itself; a correct
    /// path rounds at the same places with other outcomes. Measured: 0.87 to 1.04.
    package static let fastDrifts: Float = 1.5

    /// Root mean square distance of logits with dense weights rounded to int8, as a share of the logits' own. A weight is
    /// off by 0.29 scales at random, a scale is 1/127 of the greatest of 32 weights: 0.5 % of a typical weight, and so of
    /// a product's output, which some forty products in a row and the scores of the experts carry on. 0.008 measured on
    /// the embedded model.
    package static let int8Logits: Float = 0.02

    /// The same for random weights, whose logits are sums without a pattern: 0.01 to 0.05 measured.
    package static let int8RandomLogits: Float = 0.07

    /// An output without a term must lie at least this many tolerances away, or the term is not proved.
    package static let termMargin: Float = 10
}
