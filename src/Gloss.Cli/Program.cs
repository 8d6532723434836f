using System.Runtime.InteropServices;
using System.Text;
using Gloss.Cli.CommandLine;

// Other programs read our output: UTF-8 without a byte order mark, whatever the locale says.
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

// The first Ctrl-C asks the verb to stop in a state that continues; the second ends the process.
using var stop = new CancellationTokenSource();
void OnSignal(PosixSignalContext context)
{
    if (stop.IsCancellationRequested)
        Environment.Exit(ExitCode.Cancelled);
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return await GlossCommandLine.RunAsync(args, Console.Out, Console.Error, stop.Token);
