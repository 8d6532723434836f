using System.Collections;
using System.Runtime.ExceptionServices;

namespace Gloss.Images;

/// <summary>
/// Decodes (and resizes, or whatever the caller's function does) pictures on its own threads ahead of the one who takes
/// them, in order, never more than the capacity. A picture that cannot be read comes as its error and the rest goes on.
/// Enumerate once, from one thread; disposing stops the threads.
/// </summary>
public sealed class DecodeAhead : IEnumerable<DecodedImage>, IDisposable
{
    private readonly Lock _sourceLock = new();
    private readonly object _gate = new();
    private readonly IEnumerator<ImageFile> _source;
    private readonly Func<string, long, RgbImage> _load;
    private readonly Slot[] _slots;
    private readonly Thread[] _threads;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private long _drawn;
    private long _taken;
    private long _end = long.MaxValue;
    private int _loading;
    private readonly TimeSpan _longestWait;
    private bool _isDrawing;
    private bool _isStopped;
    private bool _isEnumerated;

    /// <summary>Starts decoding.</summary>
    /// <param name="files">What to decode, drawn one at a time; entries with an error are handed on.</param>
    /// <param name="load">Makes the picture of a path and its index; runs on several threads at once.</param>
    /// <param name="options">Threads and capacity, or the defaults.</param>
    /// <param name="cancellation">Stops the threads; the consumer then gets an
    /// <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public DecodeAhead(IEnumerable<ImageFile> files, Func<string, long, RgbImage> load,
        DecodeAheadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(load);
        options ??= new DecodeAheadOptions();
        if (options.Threads is < 1 or > 256 || options.Capacity < 1)
            throw new ArgumentException($"DecodeAheadOptions · Threads = {options.Threads}: expected 1 to 256 · "
                + $"Capacity = {options.Capacity}: expected at least 1", nameof(options));
        _source = files.GetEnumerator();
        _load = load;
        _cancellation = cancellation;
        _longestWait = options.LongestWait;
        _slots = new Slot[options.Capacity];
        _registration = cancellation.Register(Stop);
        _threads = new Thread[Math.Min(options.Threads, options.Capacity)];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"gloss-decode-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Decodes and resizes each picture to one size.</summary>
    /// <param name="files">What to decode.</param>
    /// <param name="decoder">Decodes.</param>
    /// <param name="size">The size of every result.</param>
    /// <param name="filter">How to resize.</param>
    /// <param name="options">Threads and capacity, or the defaults.</param>
    /// <param name="cancellation">Stops the threads.</param>
    public static DecodeAhead Resized(IEnumerable<ImageFile> files, ImageDecoder decoder, ImageSize size,
        ResizeFilter filter, DecodeAheadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return new DecodeAhead(files, (path, _) => decoder.DecodeResized(path, size, filter), options, cancellation);
    }

    /// <summary>The results, in order.</summary>
    /// <exception cref="InvalidOperationException">It is enumerated a second time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed while being enumerated.</exception>
    public IEnumerator<DecodedImage> GetEnumerator()
    {
        if (Interlocked.Exchange(ref _isEnumerated, true))
            throw new InvalidOperationException("DecodeAhead · a second enumeration · expected one");
        return Results();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// Whether the next result waits for the source to give a file, as it does where someone types paths or another
    /// program finds them: true after <paramref name="patience"/> without one, false as soon as a file is given, and at
    /// the end.
    /// </summary>
    public bool WaitsForSource(TimeSpan patience)
    {
        var end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        lock (_gate)
        {
            while (_taken >= _drawn && _taken < _end && !_isStopped)
            {
                if (end - Environment.TickCount64 is not (> 0 and var left))
                    return true;
                Monitor.Wait(_gate, (int)left);
            }
            return false;
        }
    }

    /// <summary>
    /// Stops the threads, waits for the pictures they are at (ten seconds at most: a pipe that nobody writes to never
    /// ends), and lets the results go. A thread that waits for the next file of the source (paths that someone types) is
    /// not waited for; it lets the source go when it returns.
    /// </summary>
    public void Dispose()
    {
        _registration.Dispose();
        Stop();
        lock (_gate)
        {
            var end = Environment.TickCount64 + (long)_longestWait.TotalMilliseconds;
            while (_loading > 0 && end - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(_gate, (int)left);
            if (!_isDrawing)
                _source.Dispose();
            Array.Clear(_slots);
        }
    }

    private IEnumerator<DecodedImage> Results()
    {
        while (Take() is { } slot)
        {
            slot.Failure?.Throw();
            yield return slot.Result!;
        }
    }

    private Slot? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                _cancellation.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_isStopped, this);
                var slot = _slots[_taken % _slots.Length];
                if (slot.IsFilled)
                {
                    _slots[_taken % _slots.Length] = default;
                    _taken++;
                    Monitor.PulseAll(_gate);
                    return slot;
                }
                if (_taken >= _end)
                    return null;
                Monitor.Wait(_gate);
            }
        }
    }

    private void Work()
    {
        while (Draw() is { } drawn)
        {
            var slot = Fill(drawn.File, drawn.Index, drawn.Failure);
            lock (_gate)
            {
                _loading--;
                _slots[drawn.Index % _slots.Length] = slot;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // The next file, once there is room for it; null at the end. An error of the sequence itself ends it.
    private (ImageFile? File, long Index, ExceptionDispatchInfo? Failure)? Draw()
    {
        lock (_sourceLock)
        {
            lock (_gate)
            {
                while (!_isStopped && _end == long.MaxValue && _drawn - _taken >= _slots.Length)
                    Monitor.Wait(_gate);
                if (_isStopped || _end != long.MaxValue)
                    return null;
                _isDrawing = true;
            }
            ExceptionDispatchInfo? failure = null;
            ImageFile? file = null;
            try
            {
                if (_source.MoveNext())
                    file = _source.Current;
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
            lock (_gate)
            {
                _isDrawing = false;
                if (_isStopped)
                {
                    _source.Dispose();
                    return null;
                }
                if (file is null)
                    _end = failure is null ? _drawn : _drawn + 1;
                Monitor.PulseAll(_gate);
                if (file is null && failure is null)
                    return null;
                _loading++;
                return (file, _drawn++, failure);
            }
        }
    }

    private Slot Fill(ImageFile? file, long index, ExceptionDispatchInfo? failure)
    {
        if (file is null)
            return new Slot(null, failure);
        if (file.Error is not null)
            return new Slot(new DecodedImage(index, file.Path, null, file.Error), null);
        try
        {
            return new Slot(new DecodedImage(index, file.Path, _load(file.Path, index), null), null);
        }
        catch (ImageException error)
        {
            return new Slot(new DecodedImage(index, file.Path, null, error), null);
        }
        catch (Exception error)
        {
            return new Slot(null, ExceptionDispatchInfo.Capture(error)); // the consumer's, not this thread's
        }
    }

    private void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    private readonly record struct Slot(DecodedImage? Result, ExceptionDispatchInfo? Failure)
    {
        public bool IsFilled => Result is not null || Failure is not null;
    }
}
