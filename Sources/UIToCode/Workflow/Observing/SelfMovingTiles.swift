// What moves by itself: spinners, progress bars, videos. A place that keeps changing with hardly a pause, and where the
// same tiles change again and again, moves by itself: typing goes on to new tiles, and a transition is sooner over. Such
// tiles are left out of everything else until they have been quiet for a while.
import Media

/// Something that moved by itself for a time.
struct SelfMovement {
    var rect: PixelRect
    var start: Double
    var end: Double
}

/// Finds the tiles that move by themselves.
struct SelfMovingTiles {
    /// Those that do now.
    private(set) var tiles: TileSet
    /// Movements that have ended, in the order of their ends.
    private(set) var ended: [SelfMovement] = []
    private var places: [Place] = []
    /// For every tile, since when it has been changing, and when it last did.
    private var since: [Double]
    private var last: [Double]
    private let (width, height): (Int, Int)

    /// A place that keeps changing.
    private struct Place {
        var rect: PixelRect
        var start: Double
        var last: Double
        var frames = 0
        /// Of the last frames: when, how many tiles changed, and how many of them not for the first time.
        var recent: [(seconds: Double, changed: Int, again: Int)] = []
        var isMoving = false
    }

    /// A longer pause ends a place's run, seconds; a tile may wait for its turn for longer.
    private static let (pause, tilePause) = (0.4, 1.5)
    /// What has changed for so long, and in so many frames, and in this part of all that were looked at.
    private static let (leastSeconds, leastFrames, leastDensity) = (0.9, 8, 0.6)
    /// Of the tiles that changed in the last moments, seconds, this part did so again, not within the shortest turn.
    private static let (moments, leastAgain, shortestTurn) = (0.3, 0.75, 0.25)
    /// What has been quiet for so long has stopped.
    private static let quietSeconds = 0.8
    /// Pixels between the parts of one movement.
    private static let gap = 12
    /// A change so many times larger than a place is another's.
    private static let largestGrowth = 4
    /// And one so many times smaller is another's as well.
    private static let smallestPart = 16

    /// Prepares for frames of a size.
    init(width: Int, height: Int) {
        tiles = TileSet(width: width, height: height)
        (self.width, self.height) = (width, height)
        let count = tiles.columns * tiles.rows
        since = [Double](repeating: -1, count: count)
        last = [Double](repeating: -1, count: count)
    }

    /// Takes note of the tiles that have changed, but for what is explained otherwise.
    ///
    /// - Parameter gap: seconds between the frames that are looked at, usually.
    mutating func update(_ changed: TileSet, seconds: Double, gap: Double) {
        for region in changed.regions(gap: 1) {
            let area = region.pixels(width: width, height: height)
            note(region, PixelRect(xs: area.xs, ys: area.ys), seconds, gap)
        }
        for tile in changed.indices {
            if seconds - last[tile] > Self.tilePause { since[tile] = seconds }
            last[tile] = seconds
        }
        expire(seconds)
    }

    /// Ends what still runs.
    mutating func finish() {
        for place in places where place.isMoving { end(place) }
        places = []
    }

    private mutating func note(_ region: TileRegion, _ rect: PixelRect, _ seconds: Double, _ gap: Double) {
        let again = region.tiles.count { tile in
            seconds - last[tile] <= Self.tilePause && seconds - since[tile] >= Self.shortestTurn
        }
        let index = places.firstIndex { place in
            place.rect.widened(by: Self.gap).overlaps(rect) && rect.area <= Self.largestGrowth * place.rect.area
                && place.rect.area <= Self.smallestPart * rect.area
        }
        guard let index else {
            var place = Place(rect: rect, start: seconds, last: seconds)
            place.recent = [(seconds, region.tiles.count, 0)]
            places.append(place)
            return
        }
        places[index].rect = places[index].rect.union(rect)
        if places[index].last < seconds { places[index].frames += 1 }
        places[index].last = seconds
        places[index].recent.append((seconds, region.tiles.count, again))
        places[index].recent.removeAll { seconds - $0.seconds > Self.moments }
        if !places[index].isMoving { places[index].isMoving = moves(places[index], seconds, gap) }
        if places[index].isMoving { include(places[index]) }
    }

    private func moves(_ place: Place, _ seconds: Double, _ gap: Double) -> Bool {
        let life = seconds - place.start
        let changed = place.recent.reduce(0) { $0 + $1.changed }
        let again = place.recent.reduce(0) { $0 + $1.again }
        return life >= Self.leastSeconds && place.frames >= Self.leastFrames
            && Double(place.frames) * max(gap, 1e-3) >= Self.leastDensity * life
            && Double(again) >= Self.leastAgain * Double(changed)
    }

    /// All of a place's tiles that have changed more than once since it began to.
    private mutating func include(_ place: Place) {
        let area = tiles.tiles(touching: place.rect.xs, place.rect.ys)
        for row in area.rows {
            for column in area.columns {
                let tile = row * tiles.columns + column
                if last[tile] >= max(place.start, since[tile] + Self.shortestTurn) { tiles[tile] = true }
            }
        }
    }

    private mutating func expire(_ seconds: Double) {
        for place in places where place.isMoving && seconds - place.last > Self.quietSeconds { end(place) }
        places.removeAll { seconds - $0.last > ($0.isMoving ? Self.quietSeconds : Self.pause) }
        guard !tiles.isEmpty else { return }
        for tile in tiles.indices where seconds - last[tile] > Self.tilePause { tiles[tile] = false }
    }

    private mutating func end(_ place: Place) {
        ended.append(SelfMovement(rect: place.rect, start: place.start, end: place.last))
        let area = tiles.tiles(touching: place.rect.xs, place.rect.ys)
        for row in area.rows {
            for column in area.columns { tiles[row * tiles.columns + column] = false }
        }
    }
}
