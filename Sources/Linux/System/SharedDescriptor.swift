/// A descriptor with several owners, or one that comes and goes: closed when the last of them lets go.
public final class SharedDescriptor: Sendable {
    public let descriptor: Descriptor

    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Takes ownership of an open descriptor.
    public convenience init(owning raw: CInt) { self.init(Descriptor(owning: raw)) }

    public var raw: CInt { descriptor.raw }
}

extension Optional where Wrapped == SharedDescriptor {
    /// Shares a descriptor that may not be there.
    public init(_ descriptor: consuming Descriptor?) {
        if let descriptor { self = SharedDescriptor(descriptor) } else { self = nil }
    }
}
