using System.Text.Encodings.Web;
using System.Text.Json;
using Gloss.Torch;

namespace Gloss.Text.Mining;

/// <summary>
/// Mines captions into a file: streaming, on several threads, in the captions' order. A run that was stopped or killed
/// goes on: what is done lies in <c>OUTPUT.partial</c>, how far it is in <c>OUTPUT.state</c>; the file comes out as if
/// nothing had happened.
/// </summary>
public sealed class MiningRun
{
    private const int ChunkEntries = 512;
    private static readonly JsonSerializerOptions Json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly EntryMiner entryMiner;
    private readonly MiningOptions options;
    private readonly HashSet<ulong> seen = [];
    private long entriesRead;

    /// <summary>
    /// A run; nothing is read or written before <see cref="WriteFile"/> or <see cref="WriteStream"/>.
    /// </summary>
    /// <param name="miner">The miner, with a vocabulary where labels are written.</param>
    /// <param name="options">How.</param>
    /// <param name="report">Takes what was read; the reader of the captions may count into it too.</param>
    public MiningRun(TagMiner miner, MiningOptions options, MiningReport report)
    {
        ArgumentNullException.ThrowIfNull(miner);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxWords, 1);
        this.options = options;
        entryMiner = new EntryMiner(miner, options);
        Report = report;
    }

    /// <summary>What was read so far, parts of the run before it was stopped included.</summary>
    public MiningReport Report { get; private set; }

    /// <summary>In how many pictures each tag occurs, by id; empty where graphs are written.</summary>
    public Dictionary<int, long> Positives { get; private set; } = [];

    /// <summary>Writes to a file, and goes on where a run of the same fingerprint was stopped.</summary>
    /// <param name="entries">The captions; the same ones in the same order where a run goes on.</param>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told after each chunk.</param>
    /// <param name="cancellationToken">Asks to stop; the state is saved.</param>
    /// <returns>Entries that an earlier run had done.</returns>
    public long WriteFile(IEnumerable<CaptionEntry> entries, string path, Action<MiningReport>? progress,
        CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var (partial, statePath) = ($"{full}.partial", $"{full}.state");
        var state = ReadState(statePath, partial);
        using var reader = entries.GetEnumerator();
        using (var stream = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1 << 16))
        {
            stream.SetLength(state?.Bytes ?? 0);
            stream.Seek(0, SeekOrigin.End);
            if (state is not null)
                Skip(reader, state);
            var sinceSaved = 0L;
            void Save()
            {
                stream.Flush(flushToDisk: true);
                var text = JsonSerializer.Serialize(
                    new State(options.Fingerprint, entriesRead, stream.Length, Report, Positives), Json);
                AtomicFile.WriteText(statePath, text);
                sinceSaved = entriesRead;
            }
            try
            {
                Write(reader, stream, () =>
                {
                    progress?.Invoke(Report);
                    if (entriesRead - sinceSaved >= options.SaveEvery)
                        Save();
                }, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Save();
                throw;
            }
        }
        File.Move(partial, full, overwrite: true);
        File.Delete(statePath);
        return state?.Entries ?? 0;
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    public void WriteStream(IEnumerable<CaptionEntry> entries, Stream stream, CancellationToken cancellationToken)
    {
        using var reader = entries.GetEnumerator();
        Write(reader, stream, () => stream.Flush(), cancellationToken);
    }

    private void Write(IEnumerator<CaptionEntry> reader, Stream stream, Action afterChunk,
        CancellationToken cancellationToken)
    {
        var isFirst = entriesRead == 0 || stream is FileStream { Length: 0 };
        var chunk = new List<CaptionEntry>(ChunkEntries);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            chunk.Clear();
            var taken = 0;
            while (taken < ChunkEntries && reader.MoveNext())
            {
                taken++;
                if (IsNew(reader.Current))
                    chunk.Add(reader.Current);
            }
            var batches = EntryMiner.Split(chunk);
            var outcomes = new EntryMiner.Outcome[batches.Count][];
            // A chunk that has begun is finished, so that the state always stands between two.
            Parallel.For(0, batches.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Threads },
                i => outcomes[i] = entryMiner.Mine(batches[i]));
            foreach (var outcome in outcomes.SelectMany(o => o))
            {
                if (!options.Graphs)
                    stream.Write(isFirst ? "[\n"u8 : ",\n"u8);
                isFirst = false;
                stream.Write(outcome.Bytes);
                Count(outcome);
            }
            entriesRead += taken;
            if (taken > 0)
                afterChunk();
            if (taken < ChunkEntries)
                break;
        }
        if (!options.Graphs)
            stream.Write(isFirst ? "[\n]\n"u8 : "\n]\n"u8);
        stream.Flush();
    }

    private bool IsNew(CaptionEntry entry)
    {
        Report.Entries++;
        if (entry.Image is not { Length: > 0 } image || seen.Add(Hash(image)))
            return true;
        Report.Duplicates++;
        return false;
    }

    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL; // FNV-1a
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    private void Count(EntryMiner.Outcome outcome)
    {
        Report.Captions += outcome.Captions;
        Report.Empty += outcome.Empty;
        Report.TooLong += outcome.TooLong;
        Report.Failed += outcome.Failed;
        foreach (var id in outcome.Ids)
            Positives[id] = Positives.GetValueOrDefault(id) + 1;
    }

    private void Skip(IEnumerator<CaptionEntry> reader, State state)
    {
        while (entriesRead < state.Entries && reader.MoveNext())
        {
            IsNew(reader.Current);
            entriesRead++;
        }
        // The reader has counted its faults again: the state's figures stand for all before.
        Restore(Report, state.Report);
        Positives = state.Positives;
    }

    private static void Restore(MiningReport report, MiningReport saved)
    {
        (report.Entries, report.Captions, report.Empty, report.InvalidText) =
            (saved.Entries, saved.Captions, saved.Empty, saved.InvalidText);
        (report.TooLong, report.Duplicates, report.Unreadable, report.Failed) =
            (saved.TooLong, saved.Duplicates, saved.Unreadable, saved.Failed);
        report.Places.Clear();
        report.Places.AddRange(saved.Places);
    }

    private State? ReadState(string path, string partial)
    {
        if (!File.Exists(path) || !File.Exists(partial))
            return null;
        try
        {
            var state = JsonSerializer.Deserialize<State>(File.ReadAllText(path), Json);
            return state?.Fingerprint == options.Fingerprint && state.Bytes <= new FileInfo(partial).Length
                ? state : null;
        }
        catch (JsonException)
        {
            return null; // a state of another version: the run begins anew
        }
    }

    private sealed record State(string Fingerprint, long Entries, long Bytes, MiningReport Report,
        Dictionary<int, long> Positives);
}
