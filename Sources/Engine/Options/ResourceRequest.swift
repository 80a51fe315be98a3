/// The limits of a container: `--memory` and its like. Bytes and microseconds.
package struct ResourceRequest: Sendable, Equatable {
    package var memory: Int64?
    /// Memory and swap together; -1 is no limit.
    package var memorySwap: Int64?
    package var memoryReservation: Int64?
    package var swappiness: Int64?
    package var oomKillDisabled = false
    package var cpuPeriod: Int64?
    package var cpuQuota: Int64?
    package var cpuShares: Int64?
    package var cpus: String?
    package var memoryNodes: String?
    /// -1 is no limit.
    package var pids: Int64?
    package var blockWeight: Int64?
    package var blockWeights: [DeviceRate] = []
    package var readBytes: [DeviceRate] = []
    package var writeBytes: [DeviceRate] = []
    package var readOperations: [DeviceRate] = []
    package var writeOperations: [DeviceRate] = []
    package var deviceRules: [DeviceRuleFlag] = []

    package init() {}

    /// The kernel cannot run anything in less.
    package static let leastMemory: Int64 = 512 << 10

    package func check() throws(EngineError) {
        if let memory, memory < Self.leastMemory {
            throw EngineError.value("--memory", "\(memory)", "the least that anything runs in is 512k")
        }
        if let swap = memorySwap, swap != -1 {
            guard let memory else { throw EngineError("--memory-swap needs --memory: it is the limit of both together") }
            guard swap >= memory else {
                throw EngineError(
                    "--memory-swap (\(ByteSize.text(swap))) is less than --memory (\(ByteSize.text(memory))): it is both together"
                )
            }
        }
        if let reservation = memoryReservation, let memory, reservation > memory {
            throw EngineError("--memory-reservation is above --memory")
        }
    }
}
