using System.Runtime.ExceptionServices;

namespace Gloss.Data;

/// <summary>
/// Makes items 0, 1, 2 … on worker threads ahead of their use and hands them out in order. An item whose making failed
/// throws that exception when its turn comes.
/// </summary>
/// <typeparam name="T">What is made; disposed with the prefetcher when it is <see cref="IDisposable"/> and was not
/// taken.</typeparam>
public sealed class Prefetcher<T> : IDisposable
{
    private readonly Func<long, T> make;
    private readonly long end;
    private readonly int ahead;
    private readonly Thread[] workers;
    private readonly Dictionary<long, (T? Item, ExceptionDispatchInfo? Fault)> ready = [];
    private readonly Lock gate = new();
    private readonly SemaphoreSlim room;
    private readonly AutoResetEvent arrived = new(false);
    private volatile bool isStopping;
    private long nextToMake;
    private long nextToHandOut;

    /// <summary>Begins at once.</summary>
    /// <param name="start">The number of the first item.</param>
    /// <param name="end">The number after the last item.</param>
    /// <param name="workers">Threads; 0 makes each item in the caller's thread when it is asked for.</param>
    /// <param name="ahead">Items that wait at most; null: two for each worker.</param>
    /// <param name="make">Makes an item by its number; called on several threads at once.</param>
    public Prefetcher(long start, long end, int workers, int? ahead, Func<long, T> make)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        this.make = make;
        this.end = end;
        this.ahead = Math.Max(1, ahead ?? 2 * workers);
        nextToMake = nextToHandOut = start;
        room = new SemaphoreSlim(this.ahead);
        this.workers = new Thread[workers];
        for (var i = 0; i < workers; i++)
        {
            this.workers[i] = new Thread(Work) { IsBackground = true, Name = $"prefetch {i}" };
            this.workers[i].Start();
        }
    }

    /// <summary>Whether <see cref="Next"/> has an item.</summary>
    public bool HasNext => nextToHandOut < end;

    /// <summary>The next item, waited for when it is not ready; the caller owns it.</summary>
    /// <exception cref="InvalidOperationException">All items were handed out.</exception>
    public T Next(CancellationToken cancellationToken = default)
    {
        if (!HasNext)
            throw new InvalidOperationException($"all {end} items were handed out");
        if (workers.Length == 0)
            return make(nextToHandOut++);
        while (true)
        {
            lock (gate)
            {
                if (ready.Remove(nextToHandOut, out var result))
                {
                    nextToHandOut++;
                    room.Release();
                    result.Fault?.Throw();
                    return result.Item!;
                }
            }
            if (WaitHandle.WaitAny([arrived, cancellationToken.WaitHandle]) == 1)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Work()
    {
        while (true)
        {
            room.Wait();
            var number = Interlocked.Increment(ref nextToMake) - 1;
            if (isStopping || number >= end)
            {
                room.Release();
                return;
            }
            (T? Item, ExceptionDispatchInfo? Fault) result;
            try
            {
                result = (make(number), null);
            }
            catch (Exception fault)
            {
                result = (default, ExceptionDispatchInfo.Capture(fault));
            }
            lock (gate)
                ready[number] = result;
            arrived.Set();
        }
    }

    /// <summary>Waits for the items that are being made, and drops all that were not handed out.</summary>
    public void Dispose()
    {
        if (isStopping)
            return;
        isStopping = true;
        if (workers.Length > 0)
            room.Release(workers.Length);
        foreach (var worker in workers)
            worker.Join();
        foreach (var (item, _) in ready.Values)
            (item as IDisposable)?.Dispose();
        room.Dispose();
        arrived.Dispose();
    }
}
