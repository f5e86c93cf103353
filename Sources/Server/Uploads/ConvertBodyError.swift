// Everything that can be wrong with the options of a conversion, one clear line each.

/// A fault of what a request asks for.
package enum ConvertBodyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The body is not JSON.
    case invalidJSON(reason: String)
    /// A parameter's value is not what it may be.
    case invalidValue(parameter: String, expected: String, found: String)
    /// A parameter that does not exist.
    case unknownParameter(String, known: [String])
    /// A parameter that is given twice.
    case repeated(parameter: String)
    /// A stack that does not exist.
    case unknownStack(String, known: [String])
    /// No picture.
    case missingImage
    /// More pictures than allowed.
    case tooManyImages(limit: Int)

    /// The service's code for this fault.
    package var code: String {
        switch self {
        case .invalidJSON: "invalid_json"
        case .invalidValue, .unknownParameter, .repeated: "invalid_parameter"
        case .unknownStack: "stack_unknown"
        case .missingImage: "missing_image"
        case .tooManyImages: "too_many_files"
        }
    }

    /// The parameter at fault; in a JSON body its path, such as `options.seed` or `images[2].data`.
    package var parameter: String? {
        switch self {
        case .invalidJSON: nil
        case .invalidValue(let parameter, _, _), .unknownParameter(let parameter, _), .repeated(let parameter):
            parameter
        case .unknownStack: "stack"
        case .missingImage, .tooManyImages: "images"
        }
    }

    /// One line: the parameter, what was expected, what was found.
    package var description: String {
        switch self {
        case .invalidJSON(let reason): "the body is not JSON: \(reason)"
        case .invalidValue(let parameter, let expected, let found): "\(parameter) must be \(expected), not \(found)"
        case .unknownParameter(let parameter, let known):
            "there is no parameter \(parameter.quotedBriefly); known: \(known.joined(separator: ", "))"
        case .repeated(let parameter): "\(parameter) is given twice"
        case .unknownStack(let stack, let known):
            "there is no stack \(stack.quotedBriefly); known: \(known.joined(separator: ", "))"
        case .missingImage: "there is no picture; expected at least one in images"
        case .tooManyImages(let limit): "there are more than \(limit) pictures"
        }
    }
}

extension String {
    /// In quotes, fit for one line: control characters escaped, long texts cut.
    var quotedBriefly: String { count <= 60 ? debugDescription : String(prefix(60)).debugDescription + "…" }
}
