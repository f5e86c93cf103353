// Pictures to patches, as K2.5's and Kimi-VL's processors do it: shrink to the patch limit (never enlarge), pad right
// and bottom with black to whole merged cells, scale to −1…1, cut into patches in raster order.
// Source: preprocessing of Kimi-K2.5 (`media_proc_cfg`) and Kimi-VL. Proof: ImageProcessorTests.

import Media

/// How pictures become patches, from `preprocessor_config.json`.
public struct ImageProcessorConfig: Sendable, Equatable {
    /// Most patches of a still picture, tested before padding.
    public let patchLimit: Int
    /// Most patches of a video frame.
    public let framePatchLimit: Int
    /// Most patches along one side.
    public let sidePatchLimit: Int
    /// Frames merged into one chunk.
    public let framesPerChunk: Int
    /// Frames sampled from a second of video.
    public let framesPerSecond: Double
    /// Subtracted from `value / 255`, per channel, red first.
    public let mean: [Float]
    /// Divides what is left, per channel, red first.
    public let deviation: [Float]
    /// Width and height of the largest picture that the model has learnt to read whole, in pixels, where its maker says
    /// so (`comfortable_size`, a key of our own); empty otherwise.
    public let comfortableSize: [Int]
    /// Pixels: the height of pictures of a single line of text that the model has learnt to read, where its maker says so
    /// (`line_height`, a key of our own); 0 otherwise.
    public let lineHeight: Int

    /// Reads `media_proc_cfg` (K2.5) or the root's fields (Kimi-VL); published defaults where the file is silent.
    init(_ file: JSONFields?, vision: VisionConfig) throws(CheckpointError) {
        guard let file else {
            patchLimit = vision.layout == .moonViT ? 4096 : 16_384
            framePatchLimit = 4096
            sidePatchLimit = 512
            framesPerChunk = vision.maxFrames
            framesPerSecond = 2
            mean = [0.5, 0.5, 0.5]
            deviation = [0.5, 0.5, 0.5]
            comfortableSize = []
            lineHeight = 0
            return
        }
        let fields = try file.objectIfPresent("media_proc_cfg") ?? file
        patchLimit = try fields.int(
            "in_patch_limit", "in_token_limit", or: vision.layout == .moonViT ? 4096 : 16_384)
        framePatchLimit = try fields.int("in_patch_limit_each_frame", or: 4096)
        sidePatchLimit = try fields.int("patch_limit_on_one_side", or: 512)
        framesPerChunk = min(try fields.int("temporal_merge_kernel_size", or: 4), vision.maxFrames)
        framesPerSecond = try fields.float("sample_fps", or: 2)
        mean = try fields.floats("image_mean", count: 3, or: [0.5, 0.5, 0.5]).map { Float($0) }
        deviation = try fields.floats("image_std", count: 3, or: [0.5, 0.5, 0.5]).map { Float($0) }
        comfortableSize = try file.ints("comfortable_size")
        lineHeight = try file.int("line_height", or: 0)
        guard comfortableSize.isEmpty || comfortableSize.count == 2 && comfortableSize.allSatisfy({ $0 > 0 }) else {
            throw file.mismatch("comfortable_size", "a width and a height")
        }
        guard try fields.int("patch_size", or: vision.patchSize) == vision.patchSize else {
            throw fields.mismatch("patch_size", "\(vision.patchSize), as in config.json")
        }
    }
}

/// The size a picture takes on its way to patches.
public struct PatchGrid: Sendable, Equatable {
    /// Width after shrinking, before padding, in pixels.
    public let width: Int
    /// Height after shrinking, before padding, in pixels.
    public let height: Int
    /// Patches down, after padding; a multiple of the merge side.
    public let rows: Int
    /// Patches across, after padding; a multiple of the merge side.
    public let columns: Int

    /// Vision tokens of a picture or a chunk on this grid.
    public var tokenCount: Int { rows / 2 * (columns / 2) }
}

/// Turns pictures into patches.
package struct ImageProcessor: Sendable {
    let config: ImageProcessorConfig
    let patchSize: Int
    let mergeSide: Int

    package init(_ config: ImageProcessorConfig, vision: VisionConfig) {
        self.config = config
        patchSize = vision.patchSize
        mergeSide = vision.mergeSide
    }

    /// The grid of a picture of some size.
    ///
    /// - Parameter limit: most patches, tested on the unpadded size.
    package func grid(width: Int, height: Int, limit: Int) -> PatchGrid {
        let patches = max(1, width / patchSize) * max(1, height / patchSize)
        let side = Double(config.sidePatchLimit * patchSize)
        let scale = min(
            1, (Double(limit) / Double(patches)).squareRoot(), side / Double(width), side / Double(height))
        let longest = config.sidePatchLimit * patchSize
        let newWidth = min(max(1, Int(Double(width) * scale)), longest)
        let newHeight = min(max(1, Int(Double(height) * scale)), longest)
        let cell = patchSize * mergeSide
        return PatchGrid(
            width: newWidth, height: newHeight, rows: (newHeight + cell - 1) / cell * mergeSide,
            columns: (newWidth + cell - 1) / cell * mergeSide)
    }

    /// The grid of a still picture, or of a chunk's frames.
    package func grid(of media: MediaItem) -> PatchGrid {
        switch media {
        case .image(let image): grid(width: image.width, height: image.height, limit: config.patchLimit)
        case .chunk(let frames): grid(width: frames[0].width, height: frames[0].height, limit: config.framePatchLimit)
        }
    }

    /// Patches of every frame in order.
    ///
    /// - Returns: `[frame · row · column, channel · y · x]` float32.
    package func patches(of media: MediaItem) -> [Float] {
        let grid = grid(of: media)
        let frames =
            switch media {
            case .image(let image): [image]
            case .chunk(let frames): frames
            }
        let frameValues = grid.rows * grid.columns * 3 * patchSize * patchSize
        return [Float](unsafeUninitializedCapacity: frames.count * frameValues) { values, count in
            for (index, frame) in frames.enumerated() {
                write(frame, grid, into: UnsafeMutableBufferPointer(rebasing: values[(index * frameValues)...]))
            }
            count = frames.count * frameValues
        }
    }

    private func write(_ frame: Image, _ grid: PatchGrid, into values: UnsafeMutableBufferPointer<Float>) {
        let width = grid.columns * patchSize
        let image = frame.resized(width: grid.width, height: grid.height)
            .padded(width: width, height: grid.rows * patchSize, with: (0, 0, 0))
        let levels = (0..<3).map { channel in
            (0..<256).map { (Float($0) / 255 - config.mean[channel]) / config.deviation[channel] }
        }
        image.pixels.withUnsafeBufferPointer { pixels in
            var next = 0
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    for channel in 0..<3 {
                        for y in 0..<patchSize {
                            let line = ((row * patchSize + y) * width + column * patchSize) * 3 + channel
                            for x in 0..<patchSize {
                                values[next] = levels[channel][Int(pixels[line + 3 * x])]
                                next += 1
                            }
                        }
                    }
                }
            }
        }
    }
}
