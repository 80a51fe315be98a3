internal import AsyncHTTPClient
internal import EdgeProtocol
internal import FoundationEssentials
internal import Linux
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Takes one answer's bytes from the socket to the file, on the connection's own thread: no task is woken for a chunk.
final class BlobSink: HTTPClientResponseDelegate {
    typealias Response = Outcome

    /// How an answer that was read to its end looked.
    struct Outcome: Sendable {
        var status: Int
        var headers: HTTPHeaders
        /// Of an answer that is no blob.
        var text: [UInt8]
    }

    private struct State {
        var status = 0
        var headers = HTTPHeaders()
        var text: [UInt8] = []
        /// Where the next byte belongs.
        var at: Int64
        /// No byte is written from here on.
        var end: Int64
        /// Bytes of the answer before the ones that are wanted.
        var skip: Int64 = 0
        var takes = false
    }

    /// Bytes of an answer that is no blob.
    static let longestText = 256 << 10

    private let file: SharedDescriptor
    private let size: Int64
    let wanted: Range<Int64>
    private let progress: TransferProgress
    private let host: String
    private let state: Mutex<State>

    /// - Parameter wanted: the bytes asked for; more of the file is written only if all of the blob comes.
    init(file: SharedDescriptor, size: Int64, wanted: Range<Int64>, progress: TransferProgress, host: String) {
        self.file = file
        self.size = size
        self.wanted = wanted
        self.progress = progress
        self.host = host
        state = Mutex(State(at: wanted.lowerBound, end: wanted.upperBound))
    }

    /// Up to where the bytes asked for are written.
    var position: Int64 { state.withLock { $0.at } }

    /// All of the blob comes, whatever was asked for.
    var isWhole: Bool { state.withLock { $0.status == 200 } }

    func didReceiveHead(task: HTTPClient.Task<Outcome>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        do {
            try state.withLock { try begin(head, &$0) }
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
    }

    private func begin(_ head: HTTPResponseHead, _ state: inout State) throws {
        state.status = Int(head.status.code)
        state.headers = head.headers
        let length = head.headers.first(name: "Content-Length").flatMap { Int64($0) }
        switch state.status {
        case 206:
            guard let range = head.headers.first(name: "Content-Range").flatMap({ ContentRange($0) }) else {
                throw RegistryError(.registry, "\(host) sends a part of the blob without saying which")
            }
            if let total = range.total { try check(total) }
            guard range.first == wanted.lowerBound, range.last < wanted.upperBound else {
                throw RegistryError(.registry, "\(host) sends another part of the blob than the one asked for")
            }
            state.takes = true
        case 200:
            if let length { try check(length) }
            state.skip = wanted.lowerBound
            state.end = size
            state.takes = true
        default: break
        }
    }

    private func check(_ total: Int64) throws {
        guard total != size else { return }
        let kind = total > size ? EdgeEvent.Failure.tooLarge : .registry
        throw RegistryError(kind, "\(host) has a blob of \(total) bytes there, and \(size) are expected: refused")
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Outcome>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        do {
            try state.withLock { try take(buffer, &$0) }
            return task.eventLoop.makeSucceededVoidFuture()
        } catch {
            return task.eventLoop.makeFailedFuture(error)
        }
    }

    private func take(_ buffer: ByteBuffer, _ state: inout State) throws {
        guard state.takes else {
            state.text += buffer.readableBytesView.prefix(Self.longestText - state.text.count)
            guard state.text.count < Self.longestText else { throw RegistryError(.tooLarge, "\(host) explains itself at length") }
            return
        }
        var buffer = buffer
        let skipped = min(state.skip, Int64(buffer.readableBytes))
        state.skip -= skipped
        buffer.moveReaderIndex(forwardBy: Int(skipped))
        let count = Int64(buffer.readableBytes)
        guard count > 0 else { return }
        guard count <= state.end - state.at else {
            throw RegistryError(.tooLarge, "\(host) sends more than the \(size) bytes that are expected: refused")
        }
        let at = state.at
        try unsafe buffer.withUnsafeReadableBytes { (bytes) throws in try unsafe file.descriptor.write(bytes, at: at) }
        state.at += count
        progress.add(at..<state.at)
    }

    func didReceiveError(task: HTTPClient.Task<Outcome>, _ error: any Error) {}

    func didFinishRequest(task: HTTPClient.Task<Outcome>) throws -> Outcome {
        state.withLock { Outcome(status: $0.status, headers: $0.headers, text: $0.text) }
    }
}
