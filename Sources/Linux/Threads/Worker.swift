internal import Glibc

/// A thread that works something out. Not in a process that clones: see `Namespaces.clone`.
public final class Worker<Result: Sendable>: Sendable {
    private let outcome = Shared<Result?>(nil)

    /// - Throws: where the kernel gives no thread. pthread_create(3).
    public init(_ work: @escaping @Sendable () -> Result) throws(SystemError) {
        let outcome = self.outcome
        let job = unsafe Unmanaged.passRetained(
            Job {
                let result = work()
                outcome.change { $0 = result }
            })
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { job in
                unsafe Unmanaged<Job>.fromOpaque(job!).takeRetainedValue().run()
                return nil
            }, job.toOpaque())
        guard code == 0 else {
            unsafe job.release()
            throw SystemError("pthread_create", "", .init(rawValue: code))
        }
    }

    /// Waits for its end.
    public func result() -> Result { outcome.wait { $0 } }
}

/// What a thread is to run.
private final class Job: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func run() { body() }
}
