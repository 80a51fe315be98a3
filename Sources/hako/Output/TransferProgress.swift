internal import Engine
internal import Linux
internal import OCI

/// What a pull or push shows of its progress on standard error: a bar for each layer on a terminal, plain lines otherwise.
///
/// Layers that are done are lines above the bars, and stay; so the bars are few, and fit on the screen.
final class TransferProgress: Sendable {
    private struct Bar: Sendable {
        var digest: Digest
        var have: Int64
        var size: Int64
    }

    private struct State: Sendable {
        var bars: [Bar] = []
        /// Bars that are on the screen.
        var drawn = 0
        var lastDrawing: UInt64 = 0
        var said: Set<Digest> = []
    }

    private enum Style { case quiet, lines, bars }
    private let style: Style
    private let state = Shared(State())

    init(quiet: Bool) {
        // Lines of details would come between the bars.
        let hasBars = unsafe Terminal.isTerminal(2) && !Report.showsDetails
        style = quiet ? .quiet : hasBars ? .bars : .lines
    }

    var report: TransferReport { TransferReport { [self] in hear($0) } }

    func begin(_ text: String) {
        state.change { $0 = State() }
        if style != .quiet { Self.say("\(text)\n") }
    }

    func end() { if style == .bars { state.change { draw(&$0) } } }

    private static func say(_ text: String) { try? StandardStreams.writeError(text) }

    private func hear(_ event: TransferReport.Event) {
        switch (event, style) {
        case (.warning(let text), _): Report.warning(text)
        case (.detail(let text), _): Report.detail(text)
        case (_, .quiet): break
        case (.progress(let digest, let have, let size), .bars): show(Bar(digest: digest, have: have, size: size))
        case (.progress(let digest, _, let size), .lines):
            state.change { state in
                guard state.said.insert(digest).inserted else { return }
                Self.say("\(digest.short): downloading \(ByteText.text(size))\n")
            }
        case (.exists(let digest), _): finish(digest, "already here")
        case (.done(let digest), _): finish(digest, "done")
        }
    }

    private func finish(_ digest: Digest, _ text: String) {
        state.change { state in
            state.bars.removeAll { $0.digest == digest }
            if style == .bars {
                draw(&state, above: "\(digest.short): \(text)\n")
            } else {
                Self.say("\(digest.short): \(text)\n")
            }
        }
    }

    private func show(_ bar: Bar) {
        state.change { state in
            if let place = state.bars.firstIndex(where: { $0.digest == bar.digest }) {
                state.bars[place] = bar
            } else {
                state.bars.append(bar)
            }
            let now = Trace.now()
            guard now - state.lastDrawing > 50_000_000 else { return }
            state.lastDrawing = now
            draw(&state)
        }
    }

    /// Goes up to the first bar, and writes all anew, as wide as the terminal is by now. ECMA-48: CUU, ED.
    private func draw(_ state: inout State, above: String = "") {
        let columns = (try? Terminal.size(of: 2)).map { Int($0.columns) } ?? 0
        var text = (state.drawn > 0 ? "\u{1b}[\(state.drawn)A" : "") + "\r\u{1b}[J" + above
        for bar in state.bars { text += Self.line(bar, columns: columns > 0 ? columns : 80) + "\n" }
        state.drawn = state.bars.count
        Self.say(text)
    }

    /// Never longer than the terminal is wide: a line that wraps would be two.
    private static func line(_ bar: Bar, columns: Int) -> String {
        let head = "\(bar.digest.short): "
        let tail = " \(ByteText.text(bar.have))/\(ByteText.text(bar.size))"
        let width = min(30, columns - 1 - head.count - tail.count - 2)
        guard width > 3 else { return String((head + tail.dropFirst()).prefix(max(0, columns - 1))) }
        let full = bar.size > 0 ? Int(min(bar.have, bar.size) * Int64(width) / bar.size) : width
        let filled = String(repeating: "=", count: max(0, full - 1)) + (full > 0 ? ">" : "")
        return "\(head)[\(filled)\(String(repeating: " ", count: width - full))]\(tail)"
    }
}
