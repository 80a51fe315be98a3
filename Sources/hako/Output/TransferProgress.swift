internal import Engine
internal import Linux
internal import OCI

/// What a pull or push shows of its progress on standard error: a bar for each layer on a terminal, plain lines otherwise.
final class TransferProgress: Sendable {
    private struct Row: Sendable {
        var digest: Digest
        var text: String
    }

    private struct State: Sendable {
        var rows: [Row] = []
        /// Rows that are on the screen already.
        var drawn = 0
        var lastDrawing: UInt64 = 0
        var said: Set<Digest> = []
    }

    private enum Style { case quiet, lines, bars }
    private let style: Style
    private let state = Shared(State())

    init(quiet: Bool) { style = quiet ? .quiet : Terminal.isTerminal(2) ? .bars : .lines }

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
        case (_, .quiet): break
        case (.progress(let digest, let have, let size), .bars): show(digest, Self.bar(have, size))
        case (.progress(let digest, _, let size), .lines):
            state.change { state in
                guard state.said.insert(digest).inserted else { return }
                Self.say("\(digest.short): downloading \(ByteText.text(size))\n")
            }
        case (.exists(let digest), .bars): show(digest, "already here", isLast: true)
        case (.exists(let digest), .lines): Self.say("\(digest.short): already here\n")
        case (.done(let digest), .bars): show(digest, "done", isLast: true)
        case (.done(let digest), .lines): Self.say("\(digest.short): done\n")
        }
    }

    private static func bar(_ have: Int64, _ size: Int64) -> String {
        let width = 30
        let full = size > 0 ? Int(have * Int64(width) / size) : width
        let bar = String(repeating: "=", count: max(0, full - 1)) + (full > 0 ? ">" : "")
        return "[\(bar)\(String(repeating: " ", count: width - full))] \(ByteText.text(have))/\(ByteText.text(size))"
    }

    private func show(_ digest: Digest, _ text: String, isLast: Bool = false) {
        state.change { state in
            if let row = state.rows.firstIndex(where: { $0.digest == digest }) {
                state.rows[row].text = text
            } else {
                state.rows.append(Row(digest: digest, text: text))
            }
            let now = Trace.now()
            guard isLast || now - state.lastDrawing > 50_000_000 else { return }
            state.lastDrawing = now
            draw(&state)
        }
    }

    /// Goes up to the first row, and writes all anew. ECMA-48: CUU, EL.
    private func draw(_ state: inout State) {
        var text = state.drawn > 0 ? "\u{1b}[\(state.drawn)A" : ""
        for row in state.rows { text += "\r\u{1b}[K\(row.digest.short): \(row.text)\n" }
        state.drawn = state.rows.count
        Self.say(text)
    }
}
