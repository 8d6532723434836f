using Gloss.Images;

namespace Gloss.Tests.Images;

public sealed class DecodeAheadTests
{
    private static readonly DecodeAheadOptions Four = new() { Threads = 4, Capacity = 5 };

    [Fact]
    public void Enumerate_ManyFiles_ComeInOrderWithErrorsInTheirPlace()
    {
        using var folder = new TemporaryFolder();
        var files = new List<ImageFile>();
        for (var i = 0; i < 40; i++)
        {
            var path = Path.Combine(folder.Path, $"{i}.png");
            if (i % 7 == 3)
                File.WriteAllText(path, "no picture");
            else
                ImageEncoder.Save(new RgbImage(10, 8, (byte)i), path);
            files.Add(new ImageFile(path));
        }
        files.Insert(1, new ImageFile("gone", new ImageException(ImageFault.Missing, "gone", "no such file")));
        using var ahead = DecodeAhead.Resized(files, new ImageDecoder(), new ImageSize(4, 4),
            ResizeFilter.Bilinear, Four,
            TestContext.Current.CancellationToken);
        var results = ahead.ToList();
        Assert.Equal(files.Select(file => file.Path), results.Select(result => result.Path));
        Assert.Equal(Enumerable.Range(0, 41).Select(i => (long)i), results.Select(result => result.Index));
        Assert.Equal(ImageFault.Missing, results[1].Error!.Fault);
        foreach (var result in results.Where(result => result.Path.EndsWith(".png", StringComparison.Ordinal)))
        {
            var number = int.Parse(Path.GetFileNameWithoutExtension(result.Path));
            Assert.Equal(number % 7 == 3, result.Image is null);
            Assert.Equal(result.Image is null, result.Error is not null);
            if (result.Image is not null)
                Assert.Equal((4, 4, number), (result.Image.Width, result.Image.Height, result.Image.Pixels[0]));
        }
    }

    [Fact]
    public void WaitsForSource_FileThatIsNotNamedYet_IsTrueUntilItIs()
    {
        using var named = new ManualResetEventSlim();
        IEnumerable<ImageFile> Files()
        {
            yield return new ImageFile("first");
            named.Wait(TestContext.Current.CancellationToken);
            yield return new ImageFile("second");
        }
        using var ahead = new DecodeAhead(Files(), (_, _) => new RgbImage(1, 1), Four,
            TestContext.Current.CancellationToken);
        using var results = ahead.GetEnumerator();
        Assert.False(ahead.WaitsForSource(TimeSpan.FromMinutes(1)));
        Assert.True(results.MoveNext());
        Assert.True(ahead.WaitsForSource(TimeSpan.FromMilliseconds(20)));
        named.Set();
        Assert.False(ahead.WaitsForSource(TimeSpan.FromMinutes(1)));
        Assert.True(results.MoveNext());
        Assert.False(ahead.WaitsForSource(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Dispose_SourceWaitsForTheNextFile_DoesNotWaitForIt()
    {
        using var typed = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        IEnumerable<ImageFile> Files()
        {
            try
            {
                yield return new ImageFile("first");
                typed.Wait(TestContext.Current.CancellationToken);
                yield return new ImageFile("second");
            }
            finally
            {
                ended.Set();
            }
        }
        var loaded = 0;
        using (var ahead = new DecodeAhead(Files(), (_, _) => { loaded++; return new RgbImage(1, 1); }, Four))
            Assert.Equal("first", ahead.First().Path);
        Assert.False(ended.IsSet);

        typed.Set();

        Assert.True(ended.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Equal(1, loaded);
    }

    [Fact]
    public void Enumerate_SlowConsumer_NeverRunsFurtherThanTheCapacity()
    {
        var drawn = 0;
        long taken = 0, furthest = 0;
        IEnumerable<ImageFile> Files()
        {
            for (var i = 0; i < 60; i++)
            {
                furthest = Math.Max(furthest, ++drawn - Interlocked.Read(ref taken));
                yield return new ImageFile($"{i}");
            }
        }
        using var ahead = new DecodeAhead(Files(), (_, _) => new RgbImage(1, 1), Four);
        foreach (var result in ahead)
        {
            Thread.Sleep(1);
            Interlocked.Increment(ref taken);
        }
        Assert.Equal(60, drawn);
        Assert.InRange(furthest, 1, 6); // five waiting and the one in the consumer's hands
    }

    [Fact]
    public void Dispose_InTheMiddle_StopsTheThreads()
    {
        var loaded = 0;
        var ahead = new DecodeAhead(Endless(), (_, _) =>
        {
            Interlocked.Increment(ref loaded);
            return new RgbImage(1, 1);
        }, Four);
        Assert.Equal(3, ahead.Take(3).Count());
        ahead.Dispose();
        var after = loaded;
        Thread.Sleep(20);
        Assert.Equal(after, loaded);
        ahead.Dispose();
    }

    [Fact]
    public void Dispose_PictureThatNeverEnds_IsNotWaitedForLong()
    {
        using var never = new ManualResetEventSlim();
        var ahead = new DecodeAhead([new ImageFile("pipe")], (_, _) =>
        {
            never.Wait();
            return new RgbImage(1, 1);
        }, new DecodeAheadOptions { Threads = 1, LongestWait = TimeSpan.FromMilliseconds(50) },
            TestContext.Current.CancellationToken);
        Assert.False(ahead.WaitsForSource(TimeSpan.FromSeconds(5)));

        ahead.Dispose(); // would hang

        never.Set();
    }

    [Fact]
    public void Cancel_WhileWaiting_EndsTheConsumer()
    {
        using var cancellation = new CancellationTokenSource();
        using var ahead = new DecodeAhead(Endless(), (_, index) =>
        {
            if (index == 4)
                cancellation.Cancel();
            return new RgbImage(1, 1);
        }, Four, cancellation.Token);
        Assert.Throws<OperationCanceledException>(() => ahead.Count());
    }

    [Fact]
    public void Enumerate_UnexpectedErrors_ReachTheConsumer()
    {
        using (var ahead = new DecodeAhead(Endless(), (_, index) =>
            index == 2 ? throw new InvalidDataException("own") : new RgbImage(1, 1), Four))
            Assert.Equal("own", Assert.Throws<InvalidDataException>(() => ahead.Count()).Message);
        using (var ahead = new DecodeAhead(Failing(), (_, _) => new RgbImage(1, 1), Four))
        {
            var seen = 0;
            Assert.Throws<IOException>(() =>
            {
                foreach (var result in ahead)
                    seen++;
            });
            Assert.Equal(2, seen);
            Assert.Throws<InvalidOperationException>(() => ahead.Count());
        }
        Assert.Throws<ArgumentException>(() =>
            new DecodeAhead([], (_, _) => new RgbImage(1, 1), new DecodeAheadOptions { Capacity = 0 }));

        static IEnumerable<ImageFile> Failing()
        {
            yield return new ImageFile("a");
            yield return new ImageFile("b");
            throw new IOException("the list broke");
        }
    }

    private static IEnumerable<ImageFile> Endless()
    {
        for (var i = 0; ; i++)
            yield return new ImageFile($"{i}");
    }
}
