// The order in which lines of text are read: row after row, from left to right within a row.

enum ReadingOrder {
    /// The numbers of the boxes in reading order.
    ///
    /// A row begins with the highest box left, and takes in every box whose middle lies between that box's upper and
    /// lower edge. Boxes at the same place keep the order they are given in.
    static func indices(of boxes: [Box]) -> [Int] {
        var left = boxes.indices.sorted { (boxes[$0].y, $0) < (boxes[$1].y, $1) }
        var order: [Int] = []
        order.reserveCapacity(boxes.count)
        while let first = left.first {
            let bottom = boxes[first].bottom
            // Boxes are sorted by their upper edge: those of the row are among the ones that begin above its end.
            let end = left.firstIndex { boxes[$0].y > bottom } ?? left.count
            let row = left[..<end].filter { $0 == first || boxes[$0].center.y <= bottom }
            order += row.sorted { (boxes[$0].x, $0) < (boxes[$1].x, $1) }
            let taken = Set(row)
            left.replaceSubrange(..<end, with: left[..<end].filter { !taken.contains($0) })
        }
        return order
    }
}
