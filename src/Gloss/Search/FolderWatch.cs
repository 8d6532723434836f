using Gloss.Images;

namespace Gloss.Search;

/// <summary>
/// Tells which pictures and folders below some folders have changed, a while after it has become quiet there.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    // So many paths together are not worth telling apart.
    private const int MostPaths = 10_000;

    private readonly List<FileSystemWatcher> watchers = [];
    private readonly HashSet<string> changed = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> folders;
    private readonly TimeSpan quiet;
    private readonly object gate = new();
    private bool isFlooded;
    private long version;

    /// <summary>Begins to watch.</summary>
    /// <param name="folders">Folders, with all below them.</param>
    /// <param name="quiet">How long nothing must happen before changes are told.</param>
    /// <exception cref="IOException">The system watches no more folders.</exception>
    public FolderWatch(IReadOnlyList<string> folders, TimeSpan quiet)
    {
        ArgumentNullException.ThrowIfNull(folders);
        (this.folders, this.quiet) = (folders, quiet);
        try
        {
            foreach (var folder in folders)
            {
                var watcher = new FileSystemWatcher(Path.GetFullPath(folder))
                {
                    IncludeSubdirectories = true, InternalBufferSize = 64 << 10,
                    NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite
                        | NotifyFilters.Size,
                };
                watchers.Add(watcher);
                watcher.Created += (_, change) => Note(change.FullPath);
                watcher.Changed += (_, change) => NoteContent(change.FullPath);
                watcher.Deleted += (_, change) => Note(change.FullPath);
                watcher.Renamed += (_, change) => Note(change.OldFullPath, change.FullPath);
                watcher.Error += (_, _) => Flood();
                watcher.EnableRaisingEvents = true;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits for changes; then for quiet. Where too much has happened to tell, these are the folders themselves.
    /// </summary>
    public IReadOnlyList<string> Next(CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(Wake);
        lock (gate)
        {
            while (changed.Count == 0 && !isFlooded)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(gate);
            }
            for (var seen = version - 1; seen != version;)
            {
                seen = version;
                Monitor.Wait(gate, quiet);
                cancellationToken.ThrowIfCancellationRequested();
            }
            var paths = isFlooded ? folders : [.. changed.Order(StringComparer.Ordinal)];
            changed.Clear();
            isFlooded = false;
            return paths;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => watchers.ForEach(watcher => watcher.Dispose());

    private void Note(params ReadOnlySpan<string> paths)
    {
        lock (gate)
        {
            foreach (var path in paths)
            {
                // What is no picture may be a folder that has gone.
                if (Path.GetFileName(path).StartsWith('.') || (!ImageFiles.IsKnown(path) && File.Exists(path)))
                    continue;
                changed.Add(path);
                version++;
            }
            if (changed.Count > MostPaths)
                isFlooded = true;
            if (version > 0)
                Monitor.PulseAll(gate);
        }
    }

    private void NoteContent(string path)
    {
        // A folder's own time changes with what is in it, of which we hear by itself.
        if (!Directory.Exists(path))
            Note(path);
    }

    private void Flood()
    {
        lock (gate)
        {
            isFlooded = true;
            version++;
            Monitor.PulseAll(gate);
        }
    }

    private void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }
}
