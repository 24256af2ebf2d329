package sqlstore

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// bridge sends gorm's own messages to slog. It drops statements: they hold users' data.
type bridge struct{ log *slog.Logger }

func newLogger(log *slog.Logger) logger.Interface { return bridge{log} }

func (b bridge) LogMode(logger.LogLevel) logger.Interface { return b }

func (b bridge) Info(ctx context.Context, msg string, _ ...any) { b.log.DebugContext(ctx, msg) }

func (b bridge) Warn(ctx context.Context, msg string, _ ...any) { b.log.WarnContext(ctx, msg) }

func (b bridge) Error(ctx context.Context, msg string, _ ...any) { b.log.ErrorContext(ctx, msg) }

func (b bridge) Trace(context.Context, time.Time, func() (string, int64), error) {}
