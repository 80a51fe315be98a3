/// What the command line says about registries.
package struct RegistryOptions: Sendable {
    /// False allows plain HTTP and certificates that nobody vouches for.
    package var verifiesTLS = true
    /// Credentials are read from here, and kept here.
    package var authFile: String?
    package var registriesConf: String?
    /// A further directory of certificates, in place of `HOST:PORT` folders.
    package var certsDir: String?

    package init() {}
}
