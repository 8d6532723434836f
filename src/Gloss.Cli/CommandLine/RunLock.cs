using Gloss.Training;

namespace Gloss.Cli.CommandLine;

/// <summary>
/// Keeps other processes from writing into a run's folder; a folder into which nothing was written goes again.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly string folder;
    private readonly FileStream file;

    /// <summary>Locks a folder, which is made when absent.</summary>
    /// <exception cref="TrainingException">Another process has it.</exception>
    public RunLock(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        try
        {
            file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new TrainingException($"{folder} is in use: another gloss train writes into it · {error.Message}",
                error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }
}
