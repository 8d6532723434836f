namespace Gloss.Tests;

/// <summary>A new empty folder that is deleted at the end of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("gloss-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
