internal import Synchronization

/// How far a transfer is, told often enough to follow and seldom enough to cost nothing.
final class TransferProgress: Sendable {
    private struct State {
        var watermark: Watermark
        var told: Int64
        var toldAt = ContinuousClock.now
    }

    private let state: Mutex<State>
    private let tell: @Sendable (Int64) -> Void

    static let step: Int64 = 512 << 10
    static let pause = Duration.milliseconds(20)

    /// - Parameter tell: gets the number of bytes before which all is there; ever higher.
    init(from start: Int64, tell: @escaping @Sendable (Int64) -> Void) {
        state = Mutex(State(watermark: Watermark(from: start), told: start))
        self.tell = tell
    }

    var have: Int64 { state.withLock { $0.watermark.have } }

    func missing(upTo end: Int64, piece: Int64) -> [Range<Int64>] {
        state.withLock { $0.watermark.missing(upTo: end, piece: piece) }
    }

    /// Called with the lock held while telling, so that the numbers come out in order.
    func add(_ range: Range<Int64>) {
        state.withLock { state in
            state.watermark.add(range)
            let gained = state.watermark.have - state.told
            guard gained > 0 else { return }
            let now = ContinuousClock.now
            guard gained >= Self.step || now - state.toldAt >= Self.pause else { return }
            state.told = state.watermark.have
            state.toldAt = now
            tell(state.told)
        }
    }

    /// Tells where it ended.
    func finish() { state.withLock { tell($0.watermark.have) } }
}
